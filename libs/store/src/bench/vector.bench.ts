/**
 * Vector search on generated unit vectors that lie as embeddings of passages do: a common direction, topics around it,
 * passages around topics, and questions further from their topic than passages. Recall is against an exact scan in
 * 32-bit floats. Times are those of the caller and include the way to the thread and back.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

import { callContext, type CallContext } from '@acervo/kernel';

import { ChromaVectorIndex } from '../adapters/chroma/chroma-vector-index';
import { PgvectorIndex } from '../adapters/pgvector/pgvector-index';
import { EmbeddedVectorIndex } from '../adapters/usearch/embedded-vector-index';
import type { ChunkRecord, CollectionSpec, DocumentRecord, ScoredKey } from '../model';
import type { VectorIndex } from '../vector-index';
import type { VectorSource } from '../vector-source';

export interface VectorBenchOptions {
  readonly vectors: number;
  readonly dimensions: number;
  readonly topics: number;
  readonly questions: number;
  readonly limit: number;
  /** Of a Chroma server, which then holds the vectors; a collection named after this bench is made there and dropped. */
  readonly chromaUrl?: string | undefined;
  /** Of a Postgres with pgvector, likewise. */
  readonly databaseUrl?: string | undefined;
}

export interface VectorBenchCase {
  readonly name: string;
  /** Of `vectors`, the part that the filter admits. */
  readonly admitted: number;
  /** Part of the true `limit` best that was found. */
  readonly recall: number;
  /** Processor time of the whole process for one search: on a busy machine the figure to compare. */
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface VectorBenchResult {
  readonly options: VectorBenchOptions;
  readonly fillMs: number;
  readonly graphMs: number;
  readonly saveMs: number;
  readonly reopenMs: number;
  /** Growth of the process from before to after filling, the source's own vectors left out. */
  readonly residentBytes: number;
  readonly cases: readonly VectorBenchCase[];
}

export const defaultVectorBenchOptions: VectorBenchOptions = {
  vectors: 100_000,
  dimensions: 384,
  topics: 2_000,
  questions: 100,
  limit: 10,
};

/** Cost: some 90 s and 450 MB with the default options; a temporary folder that is removed. */
export async function benchVector(options: VectorBenchOptions = defaultVectorBenchOptions): Promise<VectorBenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-bench-'));
  const data = generate(options);
  const context = callContext(1_800_000);
  const before = process.memoryUsage().rss;
  let index = openIndex(directory, data);
  try {
    const fillMs = await timed(async () => index.open(data.spec, context));
    const graphMs = await timed(async () => {
      if (index instanceof EmbeddedVectorIndex) await untilGraphIsWhole(index, data.spec, context);
    });
    const residentBytes = process.memoryUsage().rss - before;
    const saveMs = await timed(async () => {
      if (index instanceof EmbeddedVectorIndex) await index.save(data.spec.name, context);
    });
    await index.close();
    index = openIndex(directory, data);
    const reopenMs = await timed(async () => index.open(data.spec, context));
    const cases: VectorBenchCase[] = [];
    for (const filter of filters) cases.push(await runCase(index, data, filter, context));
    return { options, fillMs, graphMs, saveMs, reopenMs, residentBytes, cases };
  } finally {
    if (!(index instanceof EmbeddedVectorIndex)) await index.drop(data.spec.name, context);
    await index.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

export function formatVectorBench(result: VectorBenchResult): string {
  const { options, cases } = result;
  return [
    `${options.vectors} × ${options.dimensions}, ${options.questions} questions, ${options.limit} wanted`,
    `fill ${(result.fillMs / 1000).toFixed(1)} s, graph ${(result.graphMs / 1000).toFixed(1)} s, ` +
      `save ${result.saveMs.toFixed(0)} ms, open again ${result.reopenMs.toFixed(0)} ms, ` +
      `resident ${(result.residentBytes / 2 ** 20).toFixed(0)} MiB`,
    `${'filter'.padEnd(24)}  admitted  recall  cpu ms  p50 ms  p95 ms`,
    ...cases.map(
      ({ name, admitted, recall, cpuMs, p50Ms, p95Ms }) =>
        `${name.padEnd(24)}  ${admitted.toFixed(3).padStart(8)}  ${recall.toFixed(4).padStart(6)}  ` +
        `${cpuMs.toFixed(2).padStart(6)}  ` +
        `${p50Ms.toFixed(2).padStart(6)}  ${p95Ms.toFixed(2).padStart(6)}`,
    ),
  ].join('\n');
}

interface BenchData {
  readonly options: VectorBenchOptions;
  readonly spec: CollectionSpec;
  readonly centres: readonly Float32Array[];
  /** [vectors × dimensions] */
  readonly rows: Float32Array;
  readonly topicOf: Uint32Array;
  readonly questions: readonly { readonly vector: Float32Array; readonly topic: number }[];
  readonly random: () => number;
}

type Filter = {
  readonly name: string;
  /** Which rows question `nth` may find; absent: all. */
  readonly admits: ((data: BenchData, nth: number) => (row: number) => boolean) | undefined;
};

const filters: readonly Filter[] = [
  { name: 'none', admits: undefined },
  ...[0.01, 0.1, 0.5].map((part) => ({
    name: `random ${part * 100} %`,
    admits: ({ random }: BenchData) => {
      return () => random() < part;
    },
  })),
  ...[0.1, 0.5].flatMap((part) => [
    { name: `nearest ${part * 100} % of topics`, admits: byTopic(part, 1) },
    { name: `farthest ${part * 100} % of topics`, admits: byTopic(part, -1) },
  ]),
];

function byTopic(part: number, sign: 1 | -1): NonNullable<Filter['admits']> {
  return ({ centres, questions, topicOf }, nth) => {
    const vector = questions[nth]?.vector ?? new Float32Array();
    const order = centres
      .map((centre, topic) => ({ topic, score: sign * dot(centre, vector, 0) }))
      .sort((a, b) => b.score - a.score);
    const admitted = new Set(order.slice(0, Math.round(part * order.length)).map(({ topic }) => topic));
    return (row) => admitted.has(topicOf[row] ?? 0);
  };
}

async function runCase(
  index: VectorIndex,
  data: BenchData,
  { name, admits }: Filter,
  context: CallContext,
): Promise<VectorBenchCase> {
  const { limit, vectors } = data.options;
  const asked = data.questions.map(({ vector }, nth) => {
    const isAdmitted = admits?.(data, nth) ?? (() => true);
    const keys = Uint32Array.from({ length: vectors }, (_, row) => row + 1).filter((key) => isAdmitted(key - 1));
    return { vector, limit, keys, narrowing: admits === undefined ? undefined : { filter: {}, keys } };
  });
  const times: number[] = [];
  const answers: (readonly ScoredKey[])[] = [];
  const cpuBefore = process.cpuUsage();
  for (const query of asked) {
    const since = performance.now();
    const [hits = []] = await index.search(data.spec.name, [query], context);
    times.push(performance.now() - since);
    answers.push(hits);
  }
  const cpu = process.cpuUsage(cpuBefore);
  const truths = asked.map(({ vector, keys }) => exactBest(data, vector, keys, limit));
  const found = answers.map((hits, nth) => hits.filter(({ key }) => truths[nth]?.has(key)).length);
  times.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.floor(part * times.length)] ?? NaN;
  return {
    name,
    admitted: sum(asked.map(({ keys }) => keys.length)) / (asked.length * vectors),
    recall: sum(found) / sum(truths.map(({ size }) => size)),
    cpuMs: (cpu.user + cpu.system) / 1000 / asked.length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
  };
}

function exactBest({ rows }: BenchData, vector: Float32Array, keys: Uint32Array, limit: number): Set<number> {
  const scores = new Float64Array(keys.length);
  keys.forEach((key, nth) => {
    scores[nth] = dot(rows, vector, (key - 1) * vector.length);
  });
  const bar = scores.slice().sort().at(-limit) ?? -Infinity;
  return new Set(keys.filter((_, nth) => (scores[nth] ?? 0) >= bar));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function dot(rows: Float32Array, vector: Float32Array, from: number): number {
  let product = 0;
  for (let i = 0; i < vector.length; i += 1) product += (rows[from + i] ?? 0) * (vector[i] ?? 0);
  return product;
}

function openIndex(directory: string, data: BenchData): VectorIndex {
  const source = sourceOf(data);
  const { chromaUrl, databaseUrl } = data.options;
  if (databaseUrl !== undefined) return new PgvectorIndex({ database: { url: databaseUrl }, source });
  if (chromaUrl !== undefined)
    return new ChromaVectorIndex({ url: chromaUrl, source, namePrefix: 'bench', requestTimeoutMs: 60_000 });
  return new EmbeddedVectorIndex({ directory, source, saveAfterIdleMs: 2 ** 30, saveAtLatestMs: 2 ** 30 });
}

function sourceOf({ rows, options: { dimensions, vectors } }: BenchData): VectorSource {
  return {
    storeId: async () => Promise.resolve('bench'),
    listKeys: async () => Promise.resolve(Uint32Array.from({ length: vectors }, (_, row) => row + 1)),
    fetchEmbeddings: async (_, keys) => {
      const page = new Float32Array(keys.length * dimensions);
      for (let nth = 0; nth < keys.length; nth += 1) {
        const from = ((keys[nth] ?? 1) - 1) * dimensions;
        page.set(rows.subarray(from, from + dimensions), nth * dimensions);
      }
      return Promise.resolve(page);
    },
    fetchChunks: async (_, keys) => Promise.resolve(keys.map(chunkOf)),
  };
}

const document: DocumentRecord = {
  ...{ id: 'bench', title: '', source: '', docType: 'text', language: 'other', date: undefined, metadata: {} },
  ...{ contentHash: '', collection: 'bench', chunks: 1, characters: 1, createdAt: '', updatedAt: '' },
};

function chunkOf(key: number): ChunkRecord {
  return { key, id: `${key}`, ordinal: 0, document, text: '', start: 0, end: 0, headings: [], page: undefined };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

async function untilGraphIsWhole(
  index: EmbeddedVectorIndex,
  spec: CollectionSpec,
  context: CallContext,
): Promise<void> {
  for (;;) {
    const { hasGraph, rows, rowsInGraph } = await index.status(spec.name, context);
    if (!hasGraph || rows === rowsInGraph) return;
    await setTimeout(100);
  }
}

function generate(options: VectorBenchOptions): BenchData {
  const { dimensions, topics, vectors } = options;
  const random = generator(42);
  const common = around(random, [], 0, 1, dimensions);
  const centres = Array.from({ length: topics }, () => around(random, common, 1.5, 0.9, dimensions));
  const near = (topic: number, spread: number): Float32Array =>
    around(random, centres[topic] ?? common, Math.sqrt(1.5 ** 2 + 0.9 ** 2), spread, dimensions);
  const rows = new Float32Array(vectors * dimensions);
  const topicOf = new Uint32Array(vectors);
  for (let row = 0; row < vectors; row += 1) {
    const topic = Math.floor(random() * topics);
    topicOf[row] = topic;
    rows.set(near(topic, 0.8), row * dimensions);
  }
  const questions = Array.from({ length: options.questions }, () => {
    const topic = Math.floor(random() * topics);
    return { topic, vector: near(topic, 1.2) };
  });
  const spec = {
    name: 'bench',
    embeddingModel: 'generated',
    dimensions,
    chunking: { size: 1, overlap: 0, version: 1 },
  };
  return { options, spec, centres, rows, topicOf, questions, random };
}

/** A unit vector: `weight` of the unit vector `centre` and `spread` of a random direction. */
function around(
  random: () => number,
  centre: ArrayLike<number>,
  weight: number,
  spread: number,
  dimensions: number,
): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, (_, i) => {
    const normal = random() + random() + random() + random() + random() + random() - 3;
    return weight * (centre[i] ?? 0) + (spread * normal * Math.SQRT2) / Math.sqrt(dimensions);
  });
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** Park and Miller's generator: the same vectors on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

if (require.main === module) {
  void benchVector().then((result) => {
    process.stdout.write(`${formatVectorBench(result)}\n${JSON.stringify(result)}\n`);
  });
}
