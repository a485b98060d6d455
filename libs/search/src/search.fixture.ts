/** A real store, a real vector index and an embedder whose vectors tell shared words, for specs of this room. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Embedder, type EmbedderCapabilities } from '@acervo/embedding';
import { callContext, type CallContext } from '@acervo/kernel';
import { detectLanguage } from '@acervo/language';
import {
  CollectionWriter,
  createSqliteDocumentStore,
  EmbeddedVectorIndex,
  type CollectionSpec,
  type NewDocument,
  type SqliteDocumentStore,
} from '@acervo/store';
import { wordVector } from '@acervo/testing';

import { defaultSearchOptions, type SearchOptions } from './search-options';
import { searchRequestSchema, type SearchRequest } from './search.schema';
import { SearchService } from './search.service';

export class WordEmbedder extends Embedder {
  capabilities: EmbedderCapabilities = { model: 'words', dimensions: 64, maxTokens: 512, maxBatchItems: 16 };
  /** Texts of each call. */
  readonly calls: string[][] = [];
  failure: Error | undefined;
  isHung = false;

  override async embedBatch(texts: readonly string[]): Promise<Float32Array> {
    this.calls.push([...texts]);
    if (this.failure !== undefined) throw this.failure;
    if (this.isHung) return await new Promise(() => undefined);
    return Float32Array.from(texts.flatMap(unitVector));
  }

  override checkHealth(): Promise<void> {
    return Promise.resolve();
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}

function unitVector(text: string): number[] {
  const vector = wordVector(text, 64);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

export interface SearchFixture {
  readonly store: SqliteDocumentStore;
  readonly vectorIndex: EmbeddedVectorIndex;
  readonly writer: CollectionWriter;
  readonly embedder: WordEmbedder;
  readonly service: SearchService;
  readonly context: () => CallContext;
  serviceWith(options: Partial<SearchOptions>): SearchService;
  close(): Promise<void>;
}

export const fixtureCollection: CollectionSpec = {
  name: 'documents_dev',
  embeddingModel: 'words',
  dimensions: 64,
  chunking: { size: 500, overlap: 50, version: 1 },
};

export async function openSearchFixture(documents: readonly NewDocument[]): Promise<SearchFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-search-'));
  const store = await createSqliteDocumentStore({ directory });
  const vectorIndex = new EmbeddedVectorIndex({ directory: join(directory, 'vectors'), source: store });
  const writer = new CollectionWriter(store, vectorIndex);
  const embedder = new WordEmbedder();
  const context = (): CallContext => callContext(10_000);
  const serviceWith = (options: Partial<SearchOptions>): SearchService =>
    new SearchService(store, vectorIndex, embedder, { ...defaultSearchOptions, ...options });
  await writer.ensureCollection(fixtureCollection, context());
  await writer.apply(fixtureCollection.name, { put: documents }, context());
  return {
    store,
    vectorIndex,
    writer,
    embedder,
    context,
    serviceWith,
    service: serviceWith({}),
    close: async () => {
      await vectorIndex.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A document with one chunk a passage. */
export function fixtureDocument(
  id: string,
  passages: readonly string[],
  fields: Partial<Pick<NewDocument, 'docType' | 'date' | 'metadata' | 'source'>> = {},
): NewDocument {
  const text = passages.join('\n');
  let at = 0;
  return {
    id,
    title: id,
    source: `docs/${id}.md`,
    docType: 'markdown',
    language: detectLanguage(text),
    date: undefined,
    metadata: {},
    contentHash: id,
    ...fields,
    text,
    embeddings: Float32Array.from(passages.flatMap(unitVector)),
    chunks: passages.map((passage) => {
      const start = at;
      at += passage.length + 1;
      const end = start + passage.length;
      return { text: passage, start, end, headings: [], page: undefined, passage, passageHash: `${id}:${start}` };
    }),
  };
}

export function fixtureRequest(request: object): SearchRequest {
  return searchRequestSchema.parse(request);
}
