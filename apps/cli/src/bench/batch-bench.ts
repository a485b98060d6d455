/**
 * Batches beside single searches: the same number of new questions as one request of 1, 10 or 100, and one by one or
 * eight at a time. All take turns in short rounds, so that a busy machine slows them alike. Linux only.
 */
import pLimit from 'p-limit';

import { withBenchServer } from './bench-server';
import { cpuMsOf } from './process-cpu';
import type { Server } from './server-process';

const sizes = [1, 10, 100] as const;
const questionsPerRound = 100;
const warmUpRounds = 3;
const rounds = 5;
const atOnce = 8;

export interface BatchWay {
  readonly way: string;
  readonly questions: number;
  /** Processor time of the server, all threads. */
  readonly cpuMsPerQuestion: number;
  readonly questionsPerSecond: number;
}

export interface BatchBenchResult {
  readonly ways: readonly BatchWay[];
  /** CPU of a question alone / CPU of one in a batch; above 1 the batch is cheaper. */
  readonly cpuGainOf10: number;
  readonly cpuGainOf100: number;
  /** Questions a second in batches / one by one. */
  readonly speedGainOf10: number;
  readonly speedGainOf100: number;
  /** The same beside single questions, eight at a time. */
  readonly speedGainOf100BesideEightAtOnce: number;
}

interface Tally {
  cpuMs: number;
  wallMs: number;
}

export async function benchBatch(onProgress: (line: string) => void): Promise<BatchBenchResult> {
  const settings = { ENABLE_CACHE: 'false', MAX_CONCURRENT_REQUESTS: '100' };
  return await withBenchServer(settings, (server) => takeTurns(server, onProgress), onProgress);
}

async function takeTurns(server: Server, onProgress: (line: string) => void): Promise<BatchBenchResult> {
  let asked = 0;
  const questions = (count: number): object[] =>
    Array.from({ length: count }, () => ({ query: `Como configurar o ambiente ${(asked += 1)}?`, max_results: 5 }));
  const single = (limit: number) => async (): Promise<void> => {
    await pLimit(limit).map(questions(questionsPerRound), (question) => post(`${server.url}/search`, question));
  };
  const batches = (size: number) => async (): Promise<void> => {
    for (let done = 0; done < questionsPerRound; done += size)
      await post(`${server.url}/batch-search`, { requests: questions(size) });
  };
  const ways = new Map<string, () => Promise<void>>([
    ['single', single(1)],
    ['single, eight at a time', single(atOnce)],
    ...sizes.map((size) => [`batches of ${size}`, batches(size)] as const),
  ]);
  const tallies = new Map<string, Tally>([...ways.keys()].map((way) => [way, { cpuMs: 0, wallMs: 0 }]));
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    onProgress(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
    for (const [way, work] of ways) {
      const [cpuBefore, startMs] = [await cpuMsOf(server.child), performance.now()];
      await work();
      const tally = tallies.get(way);
      if (round < 0 || tally === undefined) continue;
      tally.wallMs += performance.now() - startMs;
      tally.cpuMs += (await cpuMsOf(server.child)) - cpuBefore;
    }
  }
  return summarise(tallies);
}

function summarise(tallies: ReadonlyMap<string, Tally>): BatchBenchResult {
  const count = rounds * questionsPerRound;
  const ways = [...tallies].map(([way, { cpuMs, wallMs }]) => ({
    ...{ way, questions: count, cpuMsPerQuestion: cpuMs / count, questionsPerSecond: (count / wallMs) * 1_000 },
  }));
  const of = (way: string): BatchWay => {
    const found = ways.find((one) => one.way === way);
    if (found === undefined) throw new Error(`Nothing was measured: ${way}`);
    return found;
  };
  const [one, ten, hundred] = [of('single'), of('batches of 10'), of('batches of 100')];
  return {
    ways,
    cpuGainOf10: one.cpuMsPerQuestion / ten.cpuMsPerQuestion,
    cpuGainOf100: one.cpuMsPerQuestion / hundred.cpuMsPerQuestion,
    speedGainOf10: ten.questionsPerSecond / one.questionsPerSecond,
    speedGainOf100: hundred.questionsPerSecond / one.questionsPerSecond,
    speedGainOf100BesideEightAtOnce: hundred.questionsPerSecond / of('single, eight at a time').questionsPerSecond,
  };
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}
