/**
 * What a new search costs beside its parts. The whole: a server process of its own, asked over HTTP, its CPU time read
 * from /proc. The parts: tokenise and embed, vector search, lexical search, each alone, called on a copy of the same
 * data in this process. Both take turns in short rounds, so that a busy machine slows them alike, and both are warmed
 * up alike. Linux only.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Engines } from '@acervo/api';
import type { CallContext } from '@acervo/kernel';
import { analyseQuery } from '@acervo/language';

import { cpuMsOf, indexManual, rssMiBOf, startServer, stop, withOpenEngines, type Server } from './server-process';

export interface SearchBenchResult {
  readonly passages: number;
  readonly searches: number;
  /** CPU milliseconds a search. */
  readonly wholeMs: number;
  readonly embedMs: number;
  readonly vectorMs: number;
  readonly lexicalMs: number;
  /** whole / (embed + vector + lexical) */
  readonly ratio: number;
  /** Wall time of a search as the client sees it. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly serverRssMiB: number;
}

/** Until the compiler has seen the whole path: the first thousand searches cost up to 1.3 times the later ones. */
const warmUpRounds = 25;
const rounds = 6;
const searchesPerRound = 60;
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

async function takeTurns(
  server: Server,
  engines: Engines,
  passages: number,
  context: CallContext,
  onProgress: (line: string) => void,
): Promise<SearchBenchResult> {
  const { embedder, vectorIndex, store } = engines;
  const cpu = { whole: 0, embed: 0, vector: 0, lexical: 0 };
  const latencies: number[] = [];
  let asked = 0;
  onProgress(`warming up with ${warmUpRounds * searchesPerRound} searches`);
  for (let round = -warmUpRounds; round < rounds; round++) {
    const questions = Array.from({ length: searchesPerRound }, () => question(asked++));
    const wholeBefore = await cpuMsOf(server.child);
    const walls: number[] = [];
    for (const query of questions) walls.push(await ask(server.url, query));
    const whole = (await cpuMsOf(server.child)) - wholeBefore;

    const vectors: Float32Array[] = [];
    const embed = await cpuOf(questions, async (query) => {
      vectors.push(await embedder.embedBatch([query], 'query', context));
    });
    const vector = await cpuOf(vectors, (of) =>
      vectorIndex.search(collection, [{ vector: of, limit: depth }], context),
    );
    const lexical = await cpuOf(questions, (query) =>
      store.searchLexical(collection, analyseQuery(query, ['pt', 'en']), depth, undefined, context),
    );
    if (round < 0) continue;
    onProgress(`round ${round + 1} of ${rounds}`);
    latencies.push(...walls);
    cpu.whole += whole;
    cpu.embed += embed;
    cpu.vector += vector;
    cpu.lexical += lexical;
  }
  const searches = rounds * searchesPerRound;
  latencies.sort((a, b) => a - b);
  return {
    passages,
    searches,
    wholeMs: cpu.whole / searches,
    embedMs: cpu.embed / searches,
    vectorMs: cpu.vector / searches,
    lexicalMs: cpu.lexical / searches,
    ratio: cpu.whole / (cpu.embed + cpu.vector + cpu.lexical),
    p50Ms: latencies[Math.floor(searches * 0.5)] ?? NaN,
    p95Ms: latencies[Math.floor(searches * 0.95)] ?? NaN,
    serverRssMiB: await rssMiBOf(server.child),
  };
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
