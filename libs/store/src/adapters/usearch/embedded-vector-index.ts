import { throwIfEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { fromColumns } from '../../hit-columns';
import { compareKeys } from '../../key-difference';
import type { ChunkKey, CollectionSpec, ScoredKey } from '../../model';
import { checkVectors, VectorIndex, type VectorEntry, type VectorQuery } from '../../vector-index';
import type { VectorIndexNotice, VectorSource } from '../../vector-source';

import { defaultCollectionIndexOptions } from './collection-index-options';
import type { CollectionStatus, VectorThreadOptions } from './vector-messages';
import { VectorThread } from './vector-thread';

export interface EmbeddedVectorIndexOptions extends Partial<Omit<VectorThreadOptions, 'directory'>> {
  /** Folder for snapshots, one folder per collection; made when needed. */
  readonly directory: string;
  readonly source: Pick<VectorSource, 'listKeys' | 'fetchEmbeddings'>;
  readonly onNotice?: (notice: VectorIndexNotice) => void;
}

interface Opened {
  readonly spec: CollectionSpec;
  readonly thread: VectorThread;
  /** Keys from here on may be upserts of this process whose commit is still to come. */
  ownKeysFrom: number;
  readonly ready: Promise<void>;
  /** The next call tries again; rows that were mended before stay. */
  isFailed: boolean;
}

const MEND_ROWS = 2_000;
const UPSERT_ROWS = 1_000;

/**
 * Vectors in this process: rows of 16-bit numbers and a usearch graph over them, in one worker thread.
 * Scores are exact up to 3e-5. Searches of up to 16,384 admitted rows, and of collections below 8,192 rows, are exact
 * in their choice too; others have a recall@10 above .98 (bench/vector.bench.ts).
 * Memory: about 2 bytes a number for the rows and 1 byte a number + 170 bytes a row for the graph.
 * Errors: VECTOR_INDEX_UNAVAILABLE (thread lost, collection not opened; retryable), SERVER_OVERLOADED, RangeError for
 * vectors of a wrong size or norm.
 * A lost thread starts again with the next call, and each collection is loaded and compared again before it is used.
 */
export class EmbeddedVectorIndex extends VectorIndex {
  private readonly threadOptions: VectorThreadOptions;
  private readonly source: EmbeddedVectorIndexOptions['source'];
  private readonly onNotice: (notice: VectorIndexNotice) => void;
  private readonly opened = new Map<string, Opened>();
  private current: VectorThread | undefined;
  private isClosed = false;

  constructor({ directory, source, onNotice = () => undefined, ...options }: EmbeddedVectorIndexOptions) {
    super();
    this.source = source;
    this.onNotice = onNotice;
    this.threadOptions = {
      ...defaultCollectionIndexOptions,
      directory,
      isWriter: true,
      saveAfterIdleMs: 5_000,
      saveAtLatestMs: 300_000,
      ...options,
    };
  }

  /**
   * May be called again at any time to follow another process that writes. Surplus keys at or above the first key that
   * this process upserted are left alone: their commit may be on its way.
   */
  override async open(collection: CollectionSpec, context: CallContext): Promise<void> {
    await this.start(collection, context).ready;
  }

  override async upsert(
    collection: string,
    entries: readonly VectorEntry[],
    vectors: Float32Array,
    context: CallContext,
  ): Promise<void> {
    const opened = await this.ready(collection, context);
    const { dimensions } = opened.spec;
    checkVectors(entries.length, dimensions, vectors);
    for (let from = 0; from < entries.length; from += UPSERT_ROWS) {
      throwIfEnded(context);
      const keys = Uint32Array.from(entries.slice(from, from + UPSERT_ROWS), ({ key }) => key);
      opened.ownKeysFrom = keys.reduce((low, key) => Math.min(low, key), opened.ownKeysFrom);
      const part = vectors.slice(from * dimensions, (from + keys.length) * dimensions);
      await opened.thread.call('upsert', { collection, keys, vectors: part }, context, [keys.buffer, part.buffer]);
    }
  }

  override async remove(collection: string, keys: readonly ChunkKey[], context: CallContext): Promise<void> {
    const { thread } = await this.ready(collection, context);
    await thread.call('remove', { collection, keys: Uint32Array.from(keys) }, context);
  }

  override async search(
    collection: string,
    queries: readonly VectorQuery[],
    context: CallContext,
  ): Promise<readonly (readonly ScoredKey[])[]> {
    const { thread } = await this.ready(collection, context);
    const found = await thread.call(
      'search',
      {
        collection,
        queries: queries.map(({ vector, limit, narrowing }) => ({ vector, limit, keys: narrowing?.keys })),
      },
      context,
    );
    return found.map(fromColumns);
  }

  override async cosines(
    collection: string,
    vector: Float32Array,
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<Float32Array> {
    const { thread } = await this.ready(collection, context);
    return await thread.call('cosines', { collection, vector, keys: Uint32Array.from(keys) }, context);
  }

  override async drop(collection: string, context: CallContext): Promise<void> {
    this.opened.delete(collection);
    await this.thread().call('drop', { collection }, context);
  }

  /** What the index of an opened collection holds, for metrics. */
  async status(collection: string, context: CallContext): Promise<CollectionStatus> {
    const { thread } = await this.ready(collection, context);
    return await thread.call('status', { collection }, context);
  }

  /** Writes the snapshot now, when something changed. */
  async save(collection: string, context: CallContext): Promise<void> {
    const { thread } = await this.ready(collection, context);
    await thread.call('save', { collection }, context);
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.thread().call('ping', {}, context);
  }

  override async close(): Promise<void> {
    this.isClosed = true;
    await this.current?.close();
  }

  private thread(): VectorThread {
    if (this.isClosed) throw fail('SERVER_NOT_READY', 'The vector index is closed: the server stops.');
    if (this.current?.isAlive !== true) {
      this.current = new VectorThread(this.threadOptions, (collection, error) => {
        this.onNotice({ kind: 'save-failed', collection, error });
      });
    }
    return this.current;
  }

  private async ready(collection: string, context: CallContext): Promise<Opened> {
    let opened = this.opened.get(collection);
    if (opened === undefined)
      throw fail('VECTOR_INDEX_UNAVAILABLE', `The collection ${collection} is not open: call open first.`);
    if (opened.isFailed || opened.thread !== this.thread()) opened = this.start(opened.spec, context);
    await opened.ready;
    return opened;
  }

  private start(spec: CollectionSpec, context: CallContext): Opened {
    const thread = this.thread();
    const before = this.opened.get(spec.name);
    const ownKeysFrom = before?.ownKeysFrom ?? Infinity;
    const ready = (before?.ready ?? Promise.resolve())
      .catch(() => undefined)
      .then(async () => this.loadAndMend(spec, thread, opened, context));
    const opened: Opened = { spec, thread, ownKeysFrom, ready, isFailed: false };
    this.opened.set(spec.name, opened);
    ready.catch(() => {
      opened.isFailed = true;
    });
    return opened;
  }

  private async loadAndMend(
    { name, embeddingModel, dimensions }: CollectionSpec,
    thread: VectorThread,
    opened: { readonly ownKeysFrom: number },
    context: CallContext,
  ): Promise<void> {
    const { keys, note } = await thread.call('load', { collection: name, model: embeddingModel, dimensions }, context);
    const truth = await this.source.listKeys(name, context);
    const { missing, surplus } = compareKeys(keys, truth);
    const orphans = surplus.filter((key) => key < opened.ownKeysFrom);
    if (orphans.length > 0) await thread.call('remove', { collection: name, keys: orphans }, context);
    for (let from = 0; from < missing.length; from += MEND_ROWS) {
      throwIfEnded(context);
      const page = missing.subarray(from, from + MEND_ROWS);
      const { keys: found, vectors } = visibleRows(page, await this.source.fetchEmbeddings(name, page, context));
      await thread.call('upsert', { collection: name, keys: found, vectors }, context, [found.buffer, vectors.buffer]);
    }
    if (missing.length > 0 || orphans.length > 0 || (note !== undefined && truth.length > 0))
      this.onNotice({ kind: 'mended', collection: name, reason: note, added: missing.length, removed: orphans.length });
  }
}

/** Drops the rows of NaN, which stand for keys that disappeared since they were listed. */
function visibleRows(
  keys: Uint32Array,
  vectors: Float32Array,
): { readonly keys: Uint32Array<ArrayBuffer>; readonly vectors: Float32Array<ArrayBuffer> } {
  const dimensions = vectors.length / keys.length;
  const visible = Array.from(keys.keys()).filter((nth) => !Number.isNaN(vectors[nth * dimensions]));
  const kept = new Float32Array(visible.length * dimensions);
  visible.forEach((nth, at) => {
    kept.set(vectors.subarray(nth * dimensions, (nth + 1) * dimensions), at * dimensions);
  });
  return { keys: Uint32Array.from(visible, (nth) => keys[nth] ?? 0), vectors: kept };
}
