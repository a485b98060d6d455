/**
 * What a new hybrid search costs over the three pairs of stores: SQLite and usearch, Postgres and pgvector, Postgres and
 * Chroma, each composed as a server composes it, over the same passages. The pairs take turns in short rounds (A B C,
 * C B A) on the same questions, so that a busy machine slows them alike; nothing along the way has seen a question that
 * is measured. Not counted: HTTP, and the way over a real network. Linux only.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Engines } from '@acervo/api';
import { callContext, type CallContext } from '@acervo/kernel';
import { defaultSearchOptions, searchRequestSchema, SearchService, type SearchAnswer } from '@acervo/search';

import { treeCpuMs } from './process-cpu';
import { withOpenEngines, type Settings } from './server-process';
import { withBenchDatabase } from './stores/bench-database';
import { findServerPid } from './stores/server-pid';
import { makeStoresCorpus, placeField, type StoresCorpus } from './stores/stores-corpus';
import { summarise, type StoresFigures, type Turn } from './stores/stores-figures';

export interface StoresBenchOptions {
  readonly chunks: number;
  /** Of a Postgres with pgvector, in which Acervo holds nothing; what is made there is removed. */
  readonly databaseUrl: string;
  /** A collection named after this bench is made there and dropped. */
  readonly chromaUrl: string;
  /** Of each filter, asked of each pair of stores. */
  readonly questions: number;
}

export interface StoresBenchResult {
  readonly chunks: number;
  readonly questions: number;
  readonly figures: readonly StoresFigures[];
}

/** A pair of stores, and the servers that work for it by their process; undefined where that cannot be found. */
interface Pair {
  readonly name: string;
  readonly service: SearchService;
  readonly servers: readonly (number | undefined)[];
}

const collection = 'bench_stores';
const resultsWanted = 10;
const questionsPerTurn = 10;
const warmUpQuestions = 100;
const searchTimeoutMs = 30_000;
/** Percent of the passages; 100: without a filter. */
const admitted = [100, 1, 10, 50];

/** Cost: two to four minutes with 20,000 passages; a temporary folder of some 150 MB. */
export async function benchStores(
  { chunks, databaseUrl, chromaUrl, questions }: StoresBenchOptions,
  onProgress: (line: string) => void,
): Promise<StoresBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const settingsOf = (name: string, more: Settings): Settings => ({
    ...{ SAMPLE_CORPUS: 'false', LOG_LEVEL: 'silent', ENABLE_CACHE: 'false', DATA_DIR: join(directory, name) },
    ...more,
  });
  const shared = { STORE: 'postgres', DATABASE_URL: databaseUrl };
  const sqlite = settingsOf('sqlite', {});
  const pgvector = settingsOf('pgvector', { ...shared, VECTOR_INDEX: 'pgvector' });
  const chroma = settingsOf('chroma', { ...shared, VECTOR_INDEX: 'chroma', CHROMA_URL: chromaUrl });
  const postgresPid = await findServerPid(databaseUrl, 5_432);
  const chromaPid = await findServerPid(chromaUrl, 8_000);
  try {
    return await withBenchDatabase(databaseUrl, async (database) =>
      withOpenEngines(sqlite, async (first, context) => {
        onProgress('embedding topics');
        const corpus = await makeStoresCorpus(chunks, first.embedder, context);
        await fill('SQLite and usearch', first, first, corpus, context, onProgress);
        return await withOpenEngines(pgvector, async (second) => {
          await fill('Postgres and pgvector', second, first, corpus, context, onProgress);
          await database.settle();
          return await withChroma(chroma, onProgress, async (third) => {
            const pair = (name: string, engines: Engines, servers: Pair['servers']): Pair => ({
              ...{ name, servers },
              // One embedder for all: a question costs the same whatever it is asked of.
              service: new SearchService(engines.store, engines.vectorIndex, first.embedder, {
                ...defaultSearchOptions,
                defaultCollection: collection,
              }),
            });
            const pairs = [
              pair('SQLite + usearch', first, []),
              pair('Postgres + pgvector', second, [postgresPid]),
              pair('Postgres + Chroma', third, [postgresPid, chromaPid]),
            ];
            return { chunks, questions, figures: await takeTurns(pairs, corpus.questions, questions, onProgress) };
          });
        });
      }),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Opened last: an index that finds nothing fills itself from the document store. */
async function withChroma<T>(
  settings: Settings,
  onProgress: (line: string) => void,
  work: (engines: Engines) => Promise<T>,
): Promise<T> {
  onProgress('filling Chroma from Postgres');
  return await withOpenEngines(settings, async (engines) => {
    try {
      return await work(engines);
    } finally {
      await engines.vectorIndex.drop(collection, callContext(searchTimeoutMs));
    }
  });
}

async function fill(
  name: string,
  { writer }: Engines,
  { embedder }: Engines,
  corpus: StoresCorpus,
  context: CallContext,
  onProgress: (line: string) => void,
): Promise<void> {
  const { model, dimensions } = embedder.capabilities;
  const chunking = { size: 1_000, overlap: 0, version: 1 };
  await writer.ensureCollection({ name: collection, embeddingModel: model, dimensions, chunking }, context);
  let filled = 0;
  for (const put of corpus.batches()) {
    await writer.apply(collection, { put }, context);
    filled += put.reduce((sum, { chunks }) => sum + chunks.length, 0);
    onProgress(`filling ${name}: ${filled} passages`);
  }
}

async function takeTurns(
  pairs: readonly Pair[],
  all: readonly string[],
  perFilter: number,
  onProgress: (line: string) => void,
): Promise<StoresFigures[]> {
  let used = 0;
  const next = (count: number): readonly string[] => {
    if (used + count > all.length) throw new RangeError(`The manual gives ${all.length} questions, not more.`);
    return all.slice(used, (used += count));
  };
  onProgress('warming up');
  const warmUp = next(warmUpQuestions);
  for (const pair of pairs) for (const share of admitted) await takeTurn(pair, share, warmUp);
  const turns: Turn[] = [];
  for (let asked = 0, round = 1; asked < perFilter; asked += questionsPerTurn, round += 1) {
    onProgress(`round ${round} of ${Math.ceil(perFilter / questionsPerTurn)}`);
    const order = round % 2 === 1 ? pairs : [...pairs].reverse();
    for (const share of admitted) {
      const questions = next(Math.min(questionsPerTurn, perFilter - asked));
      for (const pair of order) turns.push(await takeTurn(pair, share, questions));
    }
  }
  return summarise(turns);
}

async function takeTurn({ name, service, servers }: Pair, share: number, questions: readonly string[]): Promise<Turn> {
  const walls: number[] = [];
  const found: string[][] = [];
  const serversBefore = await serverCpuMs(servers);
  const before = process.cpuUsage();
  for (const question of questions) {
    const since = performance.now();
    const answer = await ask(service, question, share);
    walls.push(performance.now() - since);
    found.push(answer.results.map(({ id }) => id));
  }
  const { user, system } = process.cpuUsage(before);
  const serverMs = (await serverCpuMs(servers)) - serversBefore;
  return { stores: name, admittedPercent: share, cpuMs: (user + system) / 1_000, serverMs, walls, found };
}

async function ask(service: SearchService, query: string, share: number): Promise<SearchAnswer> {
  const filters = share < 100 ? { filters: { metadata: { [placeField]: { $lt: share } } } } : {};
  const request = searchRequestSchema.parse({ query, max_results: resultsWanted, ...filters });
  const { answer } = await service.search(request, callContext(searchTimeoutMs));
  if (answer.degraded.length > 0)
    throw new Error(`A search went without a side (${answer.degraded.join(', ')}): its figures would say nothing.`);
  return answer;
}

/** NaN where one of them cannot be measured. */
async function serverCpuMs(pids: readonly (number | undefined)[]): Promise<number> {
  const used = await Promise.all(pids.map(async (pid) => (pid === undefined ? NaN : treeCpuMs(pid))));
  return used.reduce((sum, ms) => sum + ms, 0);
}
