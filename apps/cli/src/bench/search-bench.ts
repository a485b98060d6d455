/**
 * What a new search costs beside its parts, in CPU time of all threads: the search itself (SearchService), the same over
 * HTTP asked one by one and eight at once (a server process of its own, read from /proc), and each part alone:
 * tokenise and embed, vector search, lexical search. All take turns on copies of the same data in short rounds, so that
 * a busy machine slows them alike, and all are warmed up alike. Linux only.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Engines } from '@acervo/api';
import type { CallContext } from '@acervo/kernel';
import { analyseQuery } from '@acervo/language';
import { defaultSearchOptions, searchRequestSchema, SearchService } from '@acervo/search';
import pLimit from 'p-limit';

import { cpuMsOf, rssMiBOf } from './process-cpu';
import { indexManual, startServer, stop, withOpenEngines, type Server } from './server-process';

export interface SearchBenchResult {
  readonly passages: number;
  readonly searches: number;
  /** CPU milliseconds a search, here and below. */
  readonly embedMs: number;
  readonly vectorMs: number;
  readonly lexicalMs: number;
  readonly searchMs: number;
  /** search / (embed + vector + lexical) */
  readonly ratio: number;
  readonly httpMs: number;
  readonly httpRatio: number;
  /** Eight at once. */
  readonly busyHttpMs: number;
  readonly busyHttpRatio: number;
  /** Wall time of a search over HTTP, one by one, as the client sees it. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly serverRssMiB: number;
}

/** Until the compiler has seen the whole path: the first thousand searches cost up to 1.3 times the later ones. */
const warmUpRounds = 15;
const rounds = 6;
const searchesPerRound = 60;
const inFlight = 8;
const depth = 100;
const collection = 'documents_dev';
const topics = [
  'Docker',
  'o cache',
  'backups',
  'a API',
  'embeddings',
  'monitoring',
  'filtros',
  'testing',
  'Chroma',
  'jobs',
];

/** A question that was not asked before: nothing along the way may remember it. */
function question(nth: number): string {
  const topic = topics[nth % topics.length] ?? '';
  return nth % 2 === 0 ? `Como configurar ${topic} no ambiente ${nth}?` : `How do I set up ${topic} for team ${nth}?`;
}

export async function benchSearch(onProgress: (line: string) => void): Promise<SearchBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const settings = {
    DATA_DIR: join(directory, 'a'),
    SAMPLE_CORPUS: 'false',
    LOG_LEVEL: 'silent',
    COLLECTION_NAME: collection,
    ENABLE_CACHE: 'false',
  };
  try {
    onProgress('indexing the manual');
    const passages = await withOpenEngines(settings, (engines, context) => indexManual(collection, engines, context));
    await cp(join(directory, 'a'), join(directory, 'b'), { recursive: true });
    const server = await startServer(settings);
    try {
      return await withOpenEngines({ ...settings, DATA_DIR: join(directory, 'b') }, (engines, context) =>
        takeTurns(server, engines, passages, context, onProgress),
      );
    } finally {
      await stop(server.child);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

type Measure = 'embed' | 'vector' | 'lexical' | 'search' | 'http' | 'busyHttp';

async function takeTurns(
  server: Server,
  engines: Engines,
  passages: number,
  context: CallContext,
  onProgress: (line: string) => void,
): Promise<SearchBenchResult> {
  const cpu: Record<Measure, number> = { embed: 0, vector: 0, lexical: 0, search: 0, http: 0, busyHttp: 0 };
  const latencies: number[] = [];
  let asked = 0;
  const questions = (): string[] => Array.from({ length: searchesPerRound }, () => question(asked++));
  onProgress(`warming up with ${warmUpRounds * searchesPerRound} searches of each kind`);
  for (let round = -warmUpRounds; round < rounds; round++) {
    const parts = await measureInProcess(engines, questions, context);
    const { cpuMs: http, walls } = await measureHttp(server, questions(), 1);
    const { cpuMs: busyHttp } = await measureHttp(server, questions(), inFlight);
    if (round < 0) continue;
    onProgress(`round ${round + 1} of ${rounds}`);
    latencies.push(...walls);
    const measured = { ...parts, http, busyHttp };
    for (const name of Object.keys(measured) as Measure[]) cpu[name] += measured[name];
  }
  const searches = rounds * searchesPerRound;
  const parts = cpu.embed + cpu.vector + cpu.lexical;
  latencies.sort((a, b) => a - b);
  return {
    passages,
    searches,
    embedMs: cpu.embed / searches,
    vectorMs: cpu.vector / searches,
    lexicalMs: cpu.lexical / searches,
    searchMs: cpu.search / searches,
    ratio: cpu.search / parts,
    httpMs: cpu.http / searches,
    httpRatio: cpu.http / parts,
    busyHttpMs: cpu.busyHttp / searches,
    busyHttpRatio: cpu.busyHttp / parts,
    p50Ms: latencies[Math.floor(searches * 0.5)] ?? NaN,
    p95Ms: latencies[Math.floor(searches * 0.95)] ?? NaN,
    serverRssMiB: await rssMiBOf(server.child),
  };
}

async function measureInProcess(
  { embedder, vectorIndex, store }: Engines,
  questions: () => string[],
  context: CallContext,
): Promise<Record<'embed' | 'vector' | 'lexical' | 'search', number>> {
  const service = new SearchService(store, vectorIndex, embedder, {
    ...defaultSearchOptions,
    defaultCollection: collection,
  });
  const search = await cpuOf(questions(), (query) =>
    service.search(searchRequestSchema.parse({ query, max_results: 5 }), context),
  );
  const vectors: Float32Array[] = [];
  const texts = questions();
  const embed = await cpuOf(texts, async (query) => {
    vectors.push(await embedder.embedBatch([query], 'query', context));
  });
  const vector = await cpuOf(vectors, (of) => vectorIndex.search(collection, [{ vector: of, limit: depth }], context));
  const lexical = await cpuOf(texts, (query) =>
    store.searchLexical(collection, analyseQuery(query, ['pt', 'en']), depth, undefined, context),
  );
  return { embed, vector, lexical, search };
}

async function measureHttp(
  { child, url }: Server,
  questions: string[],
  concurrency: number,
): Promise<{ readonly cpuMs: number; readonly walls: readonly number[] }> {
  const before = await cpuMsOf(child);
  const limit = pLimit(concurrency);
  const walls = await limit.map(questions, async (query) => ask(url, query));
  return { cpuMs: (await cpuMsOf(child)) - before, walls };
}

async function ask(url: string, query: string): Promise<number> {
  const startedMs = performance.now();
  const response = await fetch(`${url}/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, max_results: 5 }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
  return performance.now() - startedMs;
}

/** CPU milliseconds of this process, all threads, for running `work` on every item. */
async function cpuOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (const item of items) await work(item);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
