/**
 * What a search costs beside its parts: `node dist/libs/search/src/bench/search.bench.js`, about a minute.
 * CPU of the whole process, all threads, so that a busy machine gives the same figures. Passages are words with Zipf's
 * distribution, their vectors random around a common direction; questions are embedded by the bundled model.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLocalEmbedder, type Embedder } from '@acervo/embedding';
import { callContext, type CallContext } from '@acervo/kernel';
import { analyseQuery } from '@acervo/language';
import {
  CollectionWriter,
  createSqliteDocumentStore,
  EmbeddedVectorIndex,
  type DocumentStore,
  type NewDocument,
  type VectorIndex,
} from '@acervo/store';

import { defaultSearchOptions } from '../search-options';
import { searchRequestSchema } from '../search.schema';
import { SearchService } from '../search.service';

export interface SearchBenchOptions {
  readonly chunks: number;
  readonly questions: number;
}

/** CPU milliseconds of one question. */
export interface SearchBenchResult {
  readonly chunks: number;
  readonly wholeMs: number;
  readonly embedMs: number;
  readonly vectorMs: number;
  readonly lexicalMs: number;
  /** Whole search over the sum of its parts measured alone; the bar is 1.4. */
  readonly ratio: number;
}

const collection = 'bench';
const chunksPerDocument = 20;
const wordsPerChunk = 120;
const vocabulary = 20_000;
const depth = 100;
const warmUp = 50;

interface Engines {
  readonly embedder: Embedder;
  readonly store: DocumentStore;
  readonly vectorIndex: VectorIndex;
}

export async function benchSearch(
  { chunks, questions }: SearchBenchOptions = { chunks: 10_000, questions: 100 },
): Promise<SearchBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const store = await createSqliteDocumentStore({ directory });
  const vectorIndex = new EmbeddedVectorIndex({ directory: join(directory, 'vectors'), source: store });
  const embedder = createLocalEmbedder({ threads: 1 });
  try {
    await fill({ store, vectorIndex, embedder }, chunks);
    return await measureParts({ store, vectorIndex, embedder }, chunks, questions);
  } finally {
    await vectorIndex.close();
    await Promise.all([store.close(), embedder.close()]);
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureParts(engines: Engines, chunks: number, questions: number): Promise<SearchBenchResult> {
  const { store, vectorIndex, embedder } = engines;
  const service = new SearchService(store, vectorIndex, embedder, {
    ...defaultSearchOptions,
    defaultCollection: collection,
  });
  const random = generator(7);
  const texts = Array.from({ length: questions * 2 }, () =>
    Array.from({ length: 6 }, () => word(150 + Math.floor(random() * 3_000))).join(' '),
  );
  const [alone, whole] = [texts.slice(0, questions), texts.slice(questions)];
  const search = async (query: string): Promise<unknown> =>
    service.search(searchRequestSchema.parse({ query }), context());
  for (let nth = 0; nth < warmUp; nth++) await search(`aquecimento ${nth}`);

  // In turns, question by question: whatever else the machine does meets both sides alike.
  const sums = { embed: 0, vector: 0, lexical: 0, whole: 0 };
  for (const [nth, text] of alone.entries()) {
    let vector: Float32Array = new Float32Array();
    sums.embed += await cpuMs(async () => (vector = await embedder.embedBatch([text], 'query', context())));
    sums.vector += await cpuMs(async () => vectorIndex.search(collection, [{ vector, limit: depth }], context()));
    sums.lexical += await cpuMs(async () =>
      store.searchLexical(collection, analyseQuery(text, ['pt']), depth, undefined, context()),
    );
    sums.whole += await cpuMs(async () => search(whole[nth] ?? text));
  }
  return {
    chunks,
    wholeMs: sums.whole / questions,
    embedMs: sums.embed / questions,
    vectorMs: sums.vector / questions,
    lexicalMs: sums.lexical / questions,
    ratio: sums.whole / (sums.embed + sums.vector + sums.lexical),
  };
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

async function fill({ store, vectorIndex, embedder }: Engines, chunks: number): Promise<void> {
  const { model, dimensions } = embedder.capabilities;
  const writer = new CollectionWriter(store, vectorIndex);
  const chunking = { size: 1_000, overlap: 200, version: 1 };
  await writer.ensureCollection({ name: collection, embeddingModel: model, dimensions, chunking }, context());
  const random = generator(42);
  for (let from = 0; from < chunks; from += 50 * chunksPerDocument) {
    const put = Array.from({ length: 50 }, (_, nth) => generateDocument(`d${from}-${nth}`, dimensions, random));
    await writer.apply(collection, { put }, context());
  }
}

function generateDocument(id: string, dimensions: number, random: () => number): NewDocument {
  const passages = Array.from({ length: chunksPerDocument }, () =>
    Array.from({ length: wordsPerChunk }, () => word(Math.floor(vocabulary ** random()))).join(' '),
  );
  return {
    id,
    title: id,
    source: id,
    docType: 'text',
    language: 'pt',
    date: undefined,
    metadata: {},
    contentHash: id,
    text: passages.join(''),
    embeddings: Float32Array.from(passages.flatMap(() => unitVector(dimensions, random))),
    chunks: passages.map((passage, nth) => ({
      text: passage,
      start: 0,
      end: passage.length,
      headings: [],
      page: undefined,
      passage,
      passageHash: `${id}:${nth}`,
    })),
  };
}

function unitVector(dimensions: number, random: () => number): number[] {
  const vector = Array.from({ length: dimensions }, () => random() - 0.3);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

const syllables = ['ba', 'ce', 'di', 'fo', 'gu', 'la', 'me', 'ni', 'po', 'ru'] as const;

function word(rank: number): string {
  return `q${Array.from(String(rank), (digit) => syllables[Number(digit)] ?? '').join('')}`;
}

/** Park and Miller's generator: the same passages on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function context(): CallContext {
  return callContext(120_000);
}

if (require.main === module) {
  void benchSearch().then((result) => process.stdout.write(`${JSON.stringify(result)}\n`));
}
