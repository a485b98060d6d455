/**
 * The pipeline: read and chunk (in the parser's child) → compare with the collection → embed → commit.
 *
 * The stages overlap: while one group of documents is embedded, the next is read, and the one before is committed.
 * Small documents share a group, so that the model gets full batches and the disk one commit. Everything in between is
 * bounded: documents read ahead, chunks in a group, groups under way.
 */
import { DomainError, type CallContext } from '@acervo/kernel';
import type { Embedder } from '@acervo/embedding';
import type {
  Collection,
  CollectionSpec,
  CollectionWriter,
  DocumentRecord,
  DocumentStore,
  NewDocument,
} from '@acervo/store';
import type { Admission } from '@acervo/throttle';
import { inStage } from '@acervo/tracing';

import { chunkerVersion } from './chunker';
import type { DocumentParser } from './document-parser';
import type { IngestItem, IngestOutcome } from './ingest-item';
import { PassageEmbedding } from './passage-embedding';
import type { PreparedDocument } from './prepare-document';

export interface IngesterOptions {
  readonly store: DocumentStore;
  readonly writer: CollectionWriter;
  readonly embedder: Embedder;
  readonly parser: DocumentParser;
  readonly chunking: { readonly size: number; readonly overlap: number };
  /** Keeps ingestion from pushing searches out of the same process. */
  readonly admission?: Admission;
}

export interface IngestOptions {
  /** Whether a document with the same content may give way: its file is gone. */
  readonly mayReplace?: (twin: DocumentRecord) => boolean;
  /** Asked right before the commit; items whose content changed meanwhile are left out and given to `onStale`. */
  readonly isStale?: (item: IngestItem) => Promise<boolean>;
  readonly onStale?: (item: IngestItem) => void;
  /** Id of the job on whose behalf this is: nothing is committed once it was cancelled. Errors: JOB_CANCELLED. */
  readonly job?: string;
  /** Told how many chunks of the run have their vector. */
  readonly onEmbedded?: (chunks: number, total: number) => void;
}

const readAhead = 8;
const groupChunks = 96;
const groupDocuments = 32;
const groupsUnderWay = 2;

interface Ready {
  readonly item: IngestItem;
  readonly document: PreparedDocument;
  /** Documents that this one takes the place of, besides the one with its id. */
  readonly remove: readonly string[];
}

export class Ingester {
  private readonly embedding: PassageEmbedding;

  constructor(private readonly options: IngesterOptions) {
    this.embedding = new PassageEmbedding(options.embedder, options.store, options.admission);
  }

  /** What a collection of this name is built with here. */
  collectionSpec(name: string): CollectionSpec {
    const { model, dimensions } = this.options.embedder.capabilities;
    const { size, overlap } = this.options.chunking;
    return { name, embeddingModel: model, dimensions, chunking: { size, overlap, version: chunkerVersion } };
  }

  /** Errors: COLLECTION_OUTDATED. */
  async ensureCollection(name: string, context: CallContext): Promise<Collection> {
    return await this.options.writer.ensureCollection(this.collectionSpec(name), context);
  }

  /**
   * Ingests items into a collection that exists; one outcome an item, in no fixed order. An item that cannot be read
   * is `skipped` with its reason; an error of the store or the embedder ends the run: what was yielded as `indexed`
   * is committed and searchable. Leaving the loop early stops the work.
   */
  async *ingest(
    collection: string,
    items: Iterable<IngestItem> | AsyncIterable<IngestItem>,
    context: CallContext,
    options: IngestOptions = {},
  ): AsyncGenerator<IngestOutcome> {
    const run = new IngestRun(collection, context, options);
    const underWay: Promise<IngestOutcome[]>[] = [];
    let group: Ready[] = [];
    const startGroup = (): void => {
      const work = this.embedAndCommit(run, group);
      // Whoever awaits it sees the failure; until then it must not count as unhandled.
      work.catch(() => undefined);
      underWay.push(work);
      group = [];
    };
    try {
      for await (const { item, result } of this.parseAhead(items, context)) {
        const compared = result instanceof Error ? this.skip(item, result) : await this.compare(run, item, result);
        if ('type' in compared) {
          yield compared;
          continue;
        }
        group.push(compared);
        run.totalChunks += compared.document.chunks.length;
        if (group.length < groupDocuments && chunksOf(group) < groupChunks) continue;
        startGroup();
        if (underWay.length >= groupsUnderWay) yield* (await underWay.shift()) ?? [];
      }
      if (group.length > 0) startGroup();
      while (underWay.length > 0) yield* (await underWay.shift()) ?? [];
    } finally {
      run.stop();
      await Promise.allSettled(underWay);
    }
  }

  private async *parseAhead(
    items: Iterable<IngestItem> | AsyncIterable<IngestItem>,
    context: CallContext,
  ): AsyncGenerator<{ item: IngestItem; result: PreparedDocument | Error }> {
    const waiting: Promise<{ item: IngestItem; result: PreparedDocument | Error }>[] = [];
    const chunking = { ...this.options.chunking, version: chunkerVersion };
    for await (const item of items) {
      const { path, name, format, given } = item;
      waiting.push(
        inStage('parse', async () => this.options.parser.parse({ path, name, format, given, chunking }, context)).then(
          (result) => ({ item, result }),
          (error: unknown) => ({ item, result: error instanceof Error ? error : new Error(String(error)) }),
        ),
      );
      const next = waiting.length >= readAhead ? waiting.shift() : undefined;
      if (next !== undefined) yield await next;
    }
    for (const next of waiting) yield await next;
  }

  /** What is wrong with the document is an outcome; everything else ends the run. */
  private skip(item: IngestItem, error: Error): IngestOutcome {
    if (!(error instanceof DomainError) || !error.code.startsWith('DOCUMENT_')) throw error;
    return { type: 'skipped', id: item.id, source: item.source, error };
  }

  private async compare(run: IngestRun, item: IngestItem, document: PreparedDocument): Promise<Ready | IngestOutcome> {
    const { store } = this.options;
    const { id, source } = item;
    const existing = await store.findDocument(run.collection, id, run.context);
    if (existing !== undefined && isSame(existing, item, document)) return { type: 'unchanged', id, source };
    if (item.hasOwnId) return { item, document, remove: [] };

    const twinInRun = run.firstWith(document.contentHash, id);
    const twin = await store.findByContentHash(run.collection, document.contentHash, run.context);
    const isTwin = twin !== undefined && twin.id !== id;
    if (isTwin && run.options.mayReplace?.(twin) === true) return { item, document, remove: [twin.id] };
    const other = isTwin ? twin.id : twinInRun;
    if (other === undefined) return { item, document, remove: [] };
    if (existing !== undefined) {
      await this.options.writer.apply(run.collection, { remove: [id], job: run.options.job }, run.context);
    }
    return { type: 'duplicate', id, source, of: other };
  }

  private async embedAndCommit(run: IngestRun, group: readonly Ready[]): Promise<IngestOutcome[]> {
    let embedded = 0;
    const chunks = group.map(({ document }) => document.chunks);
    const { embeddings, computed } = await this.embedding.embed(chunks, run.collection, run.context, (count) => {
      run.embeddedChunks += count - embedded;
      embedded = count;
      run.options.onEmbedded?.(run.embeddedChunks, run.totalChunks);
    });
    const fresh: { ready: Ready; put: NewDocument }[] = [];
    for (const [index, ready] of group.entries()) {
      if ((await run.options.isStale?.(ready.item)) === true) run.options.onStale?.(ready.item);
      else fresh.push({ ready, put: toNewDocument(ready, embeddings[index] ?? new Float32Array()) });
    }
    if (fresh.length > 0) {
      const put = fresh.map((one) => one.put);
      const change = { put, remove: fresh.flatMap(({ ready }) => ready.remove), job: run.options.job };
      await inStage('commit', async () => this.options.writer.apply(run.collection, change, run.context), {
        'acervo.ingest.documents': fresh.length,
      });
    }
    const share = computed / Math.max(1, chunksOf(group));
    return fresh.map(
      ({
        put: {
          id,
          source,
          chunks: { length },
        },
      }) => ({
        type: 'indexed',
        id,
        source,
        chunks: length,
        embedded: Math.round(length * share),
      }),
    );
  }
}

/** State of one call of `ingest`. */
class IngestRun {
  readonly context: CallContext;
  totalChunks = 0;
  embeddedChunks = 0;
  private readonly seen = new Map<string, string>();
  private readonly ended = new AbortController();

  constructor(
    readonly collection: string,
    context: CallContext,
    readonly options: IngestOptions,
  ) {
    this.context = { ...context, signal: AbortSignal.any([context.signal, this.ended.signal]) };
  }

  /** The id of an earlier item of this run with the same content, unless it is this one. */
  firstWith(contentHash: string, id: string): string | undefined {
    const first = this.seen.get(contentHash);
    if (first === undefined) this.seen.set(contentHash, id);
    return first === id ? undefined : first;
  }

  stop(): void {
    this.ended.abort();
  }
}

function chunksOf(group: readonly Ready[]): number {
  return group.reduce((sum, { document }) => sum + document.chunks.length, 0);
}

function toNewDocument({ item, document }: Ready, embeddings: Float32Array): NewDocument {
  return { ...document, id: item.id, source: item.source, date: document.date ?? item.fallbackDate, embeddings };
}

/** A date that only comes from the file's time stamp is no change. */
function isSame(existing: DocumentRecord, item: IngestItem, document: PreparedDocument): boolean {
  return (
    existing.contentHash === document.contentHash &&
    existing.source === item.source &&
    existing.docType === document.docType &&
    existing.language === document.language &&
    (document.date === undefined || existing.date === document.date) &&
    sortedJson(existing.metadata) === sortedJson(document.metadata)
  );
}

function sortedJson(metadata: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
}
