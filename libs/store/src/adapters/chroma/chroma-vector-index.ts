import { throwIfEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { compareKeys } from '../../key-difference';
import type { ChunkKey, CollectionSpec, ScoredKey } from '../../model';
import { safeCollectionName } from '../../safe-collection-name';
import { searchByNarrowing } from '../../search-by-narrowing';
import { SweepSchedule, type SharedWriting } from '../../sweep-schedule';
import { checkVectors, VectorIndex, type VectorEntry, type VectorQuery } from '../../vector-index';
import { scopedName, type VectorIndexNotice, type VectorSource } from '../../vector-source';

import { ChromaConnection, CollectionGoneError, type ChromaConnectionOptions } from './chroma-connection';
import { ChromaRecords, pages } from './chroma-records';
import { searchChroma } from './chroma-search';

export interface ChromaVectorIndexOptions extends Partial<ChromaConnectionOptions> {
  readonly url: string;
  readonly source: VectorSource;
  /** In front of every collection name, for servers that several installations share: `a-z`, `0-9`, `-`. */
  readonly namePrefix?: string;
  /** False: collections are opened as they are, never mended. For processes that follow the one writer. */
  readonly isWriter?: boolean;
  /** Other processes write to the same collections. Absent: this one alone does. */
  readonly sharing?: SharedWriting | undefined;
  readonly onNotice?: (notice: VectorIndexNotice) => void;
}

interface Opened {
  readonly spec: CollectionSpec;
  /** Keys from here on may be upserts of this process whose commit is still to come. */
  ownKeysFrom: number;
  /** Chroma's id of the collection. */
  readonly id: Promise<string>;
  /** The next call opens it again. */
  isStale: boolean;
}

const PAGE_ROWS = 1_000;

/**
 * A hybrid search asks for a hundred passages. Of the hundred nearest of 20,000 generated vectors Chroma's own graph (100,
 * 100, 16) finds .64, this one .96 (`acervo bench vector --limit 100`). An existing collection keeps what it has.
 */
const hnsw = { space: 'cosine', ef_construction: 200, ef_search: 400, max_neighbors: 24 } as const;

/**
 * Vectors on a Chroma server (1.0 or newer, single node): cosine space, own embeddings, key = id. A collection's name
 * there has the id of the store in it, so several stores may use one server.
 * Scores are exact; the choice is that of Chroma's HNSW. A collection that Chroma lost is made and filled again.
 * Errors: those of ChromaConnection; `open` also VECTOR_INDEX_MISMATCH when the collection holds another model's vectors.
 */
export class ChromaVectorIndex extends VectorIndex {
  private readonly connection: ChromaConnection;
  private readonly source: VectorSource;
  private readonly namePrefix: string;
  private readonly isWriter: boolean;
  private readonly writeTimeoutMs: number;
  private readonly onNotice: (notice: VectorIndexNotice) => void;
  private readonly opened = new Map<string, Opened>();
  private readonly sharing: SharedWriting | undefined;
  private readonly sweeps: SweepSchedule;

  constructor({
    source,
    namePrefix = 'acervo',
    isWriter = true,
    sharing,
    onNotice = () => undefined,
    ...options
  }: ChromaVectorIndexOptions) {
    super();
    this.isWriter = isWriter;
    const connection: ChromaConnectionOptions = {
      tenant: 'default_tenant',
      database: 'default_database',
      headers: {},
      requestTimeoutMs: 5_000,
      maxParallelRequests: 8,
      maxWaitingRequests: 256,
      breakerFailures: 3,
      breakerPauseMs: 5_000,
      ...options,
    };
    this.connection = new ChromaConnection(connection);
    this.writeTimeoutMs = 3 * connection.requestTimeoutMs;
    this.source = source;
    this.namePrefix = namePrefix;
    this.onNotice = onNotice;
    this.sharing = sharing;
    this.sweeps = new SweepSchedule(
      isWriter ? (sharing?.sweepEveryMs ?? 0) : 0,
      async (context) => this.sweep(context),
      (error) => {
        onNotice({ kind: 'sweep-failed', error });
      },
    );
  }

  /** May be called again at any time, as with the embedded index: keys that this process upserted are left alone. */
  override async open(collection: CollectionSpec, context: CallContext): Promise<void> {
    await this.start(collection, context).id;
  }

  override async upsert(
    collection: string,
    entries: readonly VectorEntry[],
    vectors: Float32Array,
    context: CallContext,
  ): Promise<void> {
    checkVectors(entries.length, this.get(collection).spec.dimensions, vectors);
    await this.using(collection, context, async (id, opened) => {
      opened.ownKeysFrom = entries.reduce((low, { key }) => Math.min(low, key), opened.ownKeysFrom);
      await this.records(id).upsert(entries, vectors, context);
    });
  }

  override async remove(collection: string, keys: readonly ChunkKey[], context: CallContext): Promise<void> {
    await this.using(collection, context, async (id) => this.records(id).remove(keys, context));
  }

  override async search(
    collection: string,
    queries: readonly VectorQuery[],
    context: CallContext,
  ): Promise<readonly (readonly ScoredKey[])[]> {
    return await this.using(collection, context, async (id) =>
      searchByNarrowing(queries, async (group) => searchChroma(this.connection, id, group, context)),
    );
  }

  override async cosines(
    collection: string,
    vector: Float32Array,
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<Float32Array> {
    return await this.using(collection, context, async (id) => this.records(id).cosines(vector, keys, context));
  }

  override async drop(collection: string, context: CallContext): Promise<void> {
    this.opened.delete(collection);
    const name = await this.name(collection, context);
    try {
      await this.connection.request(context, async (client) => client.deleteCollection({ name }));
    } catch (error) {
      if (!(error instanceof CollectionGoneError)) throw error;
    }
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.connection.request(context, async (client) => client.heartbeat());
  }

  /**
   * Brings every open collection in line with the truth while searches go on: removes what was never committed, adds what
   * is missing. Errors: those of the connection and of the source.
   */
  async sweep(context: CallContext): Promise<void> {
    for (const [name, opened] of this.opened) {
      try {
        await this.mend(opened.spec, await opened.id, opened, context);
      } catch (error) {
        if (!(error instanceof CollectionGoneError)) throw error;
        // It was dropped meanwhile, or whoever asks for it next makes it again.
        if (this.opened.get(name) === opened) opened.isStale = true;
      }
    }
  }

  override async close(): Promise<void> {
    this.sweeps.close();
    this.connection.close();
    await Promise.resolve();
  }

  private async name(collection: string, context: CallContext): Promise<string> {
    return `${this.namePrefix}-${safeCollectionName(await scopedName(this.source, collection, context))}`;
  }

  private get(collection: string): Opened {
    const opened = this.opened.get(collection);
    if (opened === undefined)
      throw fail('VECTOR_INDEX_UNAVAILABLE', `The collection ${collection} is not open: call open first.`);
    return opened;
  }

  /** Runs `work` on an open collection, once more when Chroma turns out to have lost it. */
  private async using<T>(
    collection: string,
    context: CallContext,
    work: (id: string, opened: Opened) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      let opened = this.get(collection);
      if (opened.isStale) opened = this.start(opened.spec, context);
      const id = await opened.id;
      try {
        return await work(id, opened);
      } catch (error) {
        if (!(error instanceof CollectionGoneError)) throw error;
        opened.isStale = true;
        if (attempt === 2) throw fail('VECTOR_INDEX_UNAVAILABLE', error.message, {}, error);
      }
    }
  }

  private start(spec: CollectionSpec, context: CallContext): Opened {
    const before = this.opened.get(spec.name);
    const id = (before?.id ?? Promise.resolve(''))
      .catch(() => undefined)
      .then(async () => this.prepare(spec, opened, context));
    const opened: Opened = { spec, id, ownKeysFrom: before?.ownKeysFrom ?? Infinity, isStale: false };
    this.opened.set(spec.name, opened);
    id.catch(() => {
      opened.isStale = true;
    });
    return opened;
  }

  private async prepare(
    spec: CollectionSpec,
    opened: { readonly ownKeysFrom: number },
    context: CallContext,
  ): Promise<string> {
    const name = await this.name(spec.name, context);
    const { id, metadata } = await this.connection.request(context, async (client) =>
      client.getOrCreateCollection({
        name,
        embeddingFunction: null,
        configuration: { hnsw },
        metadata: { collection: spec.name, model: spec.embeddingModel, dimensions: spec.dimensions },
      }),
    );
    const { model = 'an unknown model', dimensions = '?' } = metadata ?? {};
    if (model !== spec.embeddingModel || dimensions !== spec.dimensions)
      throw fail(
        'VECTOR_INDEX_MISMATCH',
        `Chroma holds vectors of ${JSON.stringify(model)} with ${JSON.stringify(dimensions)} dimensions for ${spec.name}, ` +
          `the server uses ${spec.embeddingModel} with ${spec.dimensions}: run \`acervo reindex\`.`,
      );
    if (this.isWriter) await this.mend(spec, id, opened, context);
    return id;
  }

  private async mend(
    { name }: CollectionSpec,
    id: string,
    opened: { readonly ownKeysFrom: number },
    context: CallContext,
  ): Promise<void> {
    const records = this.records(id);
    const held = await records.listKeys(context);
    const { missing, surplus } = compareKeys(held, await this.source.listKeys(name, context));
    const orphans =
      this.sharing === undefined
        ? [...surplus].filter((key) => key < opened.ownKeysFrom)
        : await records.writtenBefore((Date.now() - this.sharing.graceMs) / 1_000, [...surplus], context);
    await records.remove(orphans, context);
    for (const page of pages([...missing], PAGE_ROWS)) {
      throwIfEnded(context);
      const chunks = await this.source.fetchChunks(name, page, context);
      const entries = chunks.map(({ key, document: { id: documentId, docType, language, source, date } }) => {
        return { key, documentId, docType, language, source, date };
      });
      const keys = entries.map(({ key }) => key);
      const vectors = await this.source.fetchEmbeddings(name, keys, context);
      await records.upsert(entries, vectors, context);
    }
    if (missing.length > 0 || orphans.length > 0)
      this.onNotice({
        kind: 'mended',
        collection: name,
        reason: undefined,
        added: missing.length,
        removed: orphans.length,
      });
  }

  private records(id: string): ChromaRecords {
    return new ChromaRecords(this.connection, id, this.writeTimeoutMs);
  }
}
