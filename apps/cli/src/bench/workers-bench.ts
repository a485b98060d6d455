/**
 * New searches a second by one process and by several workers of the same server: no question is asked twice, caches
 * are off. The servers take turns in short rounds on copies of the same data, so that a busy machine slows them alike;
 * the load comes from a process of its own, whose share of the processors is reported, for it is taken from them.
 * Linux only.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import { workerEntry } from '@acervo/kernel';

import type { LoadOrder, LoadReport } from './load.child';
import { childrenOf, cpuMsOf, rssMiBOf, threadCpuMsOf } from './process-cpu';
import { indexManual, startServer, stop, withOpenEngines, type Server } from './server-process';

/** Of one way to run the server. */
export interface WorkersFigures {
  readonly searchesPerSecond: number;
  /** CPU of all its processes for one search. */
  readonly cpuMsPerSearch: number;
  /** CPU of the thread that used most, for one search of its process: no process answers more than one in that time. */
  readonly busiestThreadMs: number;
  /** Of all processors; the rest is the load generator's, other programs' and nobody's. */
  readonly serverCpuShare: number;
  readonly loadCpuShare: number;
  /** Of each process that serves. */
  readonly rssMiB: readonly number[];
  /** Of the primary process, where there is one. */
  readonly primaryRssMiB: number | undefined;
}

export interface WorkersBenchResult {
  readonly processors: number;
  readonly passages: number;
  readonly connections: number;
  /** One process with one thread of the model; so many workers with one each; one process with as many threads. */
  readonly one: WorkersFigures;
  readonly workers: WorkersFigures;
  readonly oneWithAllThreads: WorkersFigures;
  readonly workersBesideOne: number;
  readonly workersBesideAllThreads: number;
  /** Least and most of the rounds. */
  readonly workersBesideOneRange: readonly [number, number];
  /**
   * By CPU alone, which a busy machine falsifies least: what the processors, or the busiest thread of each process, can
   * do at most.
   */
  readonly possibleBesideOne: number;
  readonly possibleBesideAllThreads: number;
}

const connections = 16;
const warmUpRounds = 2;
const rounds = 6;
const roundMs = 2_000;
const pages = ['docs/pt/docker.md', 'docs/en/docker.md', 'docs/pt/configuracao.md', 'docs/en/configuration.md'];
const collection = 'documents_dev';
const question = JSON.stringify({ query: 'Como configurar o ambiente de Docker #######?', max_results: 5 });
const request = [
  'POST /search HTTP/1.1',
  'Host: 127.0.0.1',
  'Content-Type: application/json',
  `Content-Length: ${Buffer.byteLength(question)}`,
  '',
  question,
].join('\r\n');
const ways = ['one', 'workers', 'oneWithAllThreads'] as const;
type Way = (typeof ways)[number];

interface Round {
  readonly answers: number;
  readonly wallMs: number;
  readonly serverCpuMs: number;
  readonly loadCpuMs: number;
  /** By process and thread. */
  readonly threadCpuMs: ReadonlyMap<string, number>;
}

export async function benchWorkers(count: number, onProgress: (line: string) => void): Promise<WorkersBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const common = {
    SAMPLE_CORPUS: 'false',
    LOG_LEVEL: 'silent',
    COLLECTION_NAME: collection,
    ENABLE_CACHE: 'false',
    MAX_CONCURRENT_REQUESTS: String(connections * count),
  };
  const settings: Record<Way, Record<string, string>> = {
    one: { WORKERS: '1', EMBEDDING_THREADS: '1' },
    workers: { WORKERS: String(count), EMBEDDING_THREADS: '1' },
    oneWithAllThreads: { WORKERS: '1', EMBEDDING_THREADS: String(count) },
  };
  const servers = new Map<Way, Server>();
  let load: ChildProcess | undefined;
  try {
    onProgress('indexing some pages');
    const first = join(directory, ways[0]);
    const passages = await withOpenEngines({ ...common, DATA_DIR: first }, (engines, context) =>
      indexManual(collection, engines, context, pages),
    );
    for (const way of ways.slice(1)) await cp(first, join(directory, way), { recursive: true });
    for (const way of ways) {
      onProgress(`starting: ${way}`);
      servers.set(way, await startServer({ ...common, ...settings[way], DATA_DIR: join(directory, way) }));
    }
    const { filename, execArgv } = workerEntry(__dirname, 'load.child');
    load = fork(filename, { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const measured = await takeTurns(load, servers, onProgress);
    return await summarise(measured, servers, passages);
  } finally {
    load?.disconnect();
    for (const { child } of servers.values()) await stop(child);
    await rm(directory, { recursive: true, force: true });
  }
}

async function takeTurns(
  load: ChildProcess,
  servers: ReadonlyMap<Way, Server>,
  onProgress: (line: string) => void,
): Promise<ReadonlyMap<Way, readonly Round[]>> {
  const measured = new Map<Way, Round[]>(ways.map((way) => [way, []]));
  let firstNumber = 0;
  for (let round = -warmUpRounds; round < rounds; round++) {
    onProgress(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
    for (const [way, server] of servers) {
      const processes = await processesOf(server);
      const [serverBefore, loadBefore] = [await threadsOf(processes), await cpuMsOf(load)];
      const startMs = performance.now();
      const { answers } = await run(load, {
        ...{ port: Number(new URL(server.url).port), request, connections, ms: roundMs },
        firstNumber,
      });
      const wallMs = performance.now() - startMs;
      firstNumber += 100_000;
      if (round < 0) continue;
      const loadCpuMs = (await cpuMsOf(load)) - loadBefore;
      const threadCpuMs = new Map(
        [...(await threadsOf(processes))].map(([thread, ms]) => [thread, ms - (serverBefore.get(thread) ?? 0)]),
      );
      const serverCpuMs = [...threadCpuMs.values()].reduce((sum, ms) => sum + ms, 0);
      measured.get(way)?.push({ answers, wallMs, serverCpuMs, loadCpuMs, threadCpuMs });
    }
  }
  return measured;
}

async function summarise(
  measured: ReadonlyMap<Way, readonly Round[]>,
  servers: ReadonlyMap<Way, Server>,
  passages: number,
): Promise<WorkersBenchResult> {
  const figures = {} as Record<Way, WorkersFigures>;
  for (const way of ways) {
    const all = measured.get(way) ?? [];
    const server = servers.get(way);
    if (server === undefined) throw new Error(`Nothing was measured: ${way}`);
    const sum = (of: (round: Round) => number): number => all.reduce((total, round) => total + of(round), 0);
    const [answers, wallMs] = [sum((round) => round.answers), sum((round) => round.wallMs)];
    const [serverCpuMs, loadCpuMs] = [sum((round) => round.serverCpuMs), sum((round) => round.loadCpuMs)];
    const forked = await childrenOf(server.child);
    const serving = forked.length === 0 ? [server.child] : forked;
    figures[way] = {
      searchesPerSecond: rateOf({ answers, wallMs }),
      cpuMsPerSearch: serverCpuMs / answers,
      busiestThreadMs: (busiestThreadMs(all) / answers) * serving.length,
      serverCpuShare: serverCpuMs / wallMs / availableParallelism(),
      loadCpuShare: loadCpuMs / wallMs / availableParallelism(),
      rssMiB: (await Promise.all(serving.map(rssMiBOf))).map(Math.round),
      primaryRssMiB: forked.length === 0 ? undefined : Math.round(await rssMiBOf(server.child)),
    };
  }
  const { one, workers, oneWithAllThreads } = figures;
  const ratios = (measured.get('workers') ?? []).map(
    (round, nth) => rateOf(round) / rateOf(measured.get('one')?.[nth] ?? round),
  );
  return {
    ...{ processors: availableParallelism(), passages, connections, ...figures },
    workersBesideOne: workers.searchesPerSecond / one.searchesPerSecond,
    workersBesideAllThreads: workers.searchesPerSecond / oneWithAllThreads.searchesPerSecond,
    workersBesideOneRange: [Math.min(...ratios), Math.max(...ratios)],
    possibleBesideOne: possible(workers, workers.rssMiB.length) / possible(one, 1),
    possibleBesideAllThreads: possible(workers, workers.rssMiB.length) / possible(oneWithAllThreads, 1),
  };
}

function rateOf({ answers, wallMs }: Pick<Round, 'answers' | 'wallMs'>): number {
  return (answers / wallMs) * 1_000;
}

async function processesOf({ child }: Server): Promise<readonly { readonly pid?: number | undefined }[]> {
  return [child, ...(await childrenOf(child))];
}

async function threadsOf(processes: Awaited<ReturnType<typeof processesOf>>): Promise<ReadonlyMap<string, number>> {
  const each = await Promise.all(processes.map(threadCpuMsOf));
  return new Map(each.flatMap((threads) => [...threads]));
}

/** Of all rounds together. */
function busiestThreadMs(rounds: readonly Round[]): number {
  const sums = new Map<string, number>();
  for (const { threadCpuMs } of rounds)
    for (const [thread, ms] of threadCpuMs) sums.set(thread, (sums.get(thread) ?? 0) + ms);
  return Math.max(...sums.values());
}

/** Searches a second: all threads share the processors, and each process answers no faster than its busiest thread. */
function possible({ cpuMsPerSearch, busiestThreadMs: busiest }: WorkersFigures, processes: number): number {
  return Math.min((availableParallelism() * 1_000) / cpuMsPerSearch, (processes * 1_000) / busiest);
}

async function run(load: ChildProcess, order: LoadOrder): Promise<LoadReport> {
  return await new Promise((resolve, reject) => {
    const onExit = (): void => {
      reject(new Error('The load generator ended.'));
    };
    load.once('exit', onExit);
    load.once('message', (report) => {
      load.off('exit', onExit);
      resolve(report as LoadReport);
    });
    load.send(order);
  });
}
