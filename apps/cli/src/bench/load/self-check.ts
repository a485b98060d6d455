/**
 * Measures a server of which the truth is known: a stub that answers after the delay that each request names, once
 * undisturbed and once standing still for a second. What should be measured follows from arithmetic alone.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { workerEntry } from '@acervo/kernel';

import type { StallOrder, StallReport } from './delay-stub.child';
import { drawDelays, dueWithin, exactPercentile, trueResponseMs, type Stall } from './injected-delays';
import type { LoadProcess } from './load-process';
import type { WireRequest } from './load-order';
import type { LoadReport } from './load.child';
import { verdictOf, type Verdict } from './verdict';

export interface SelfCheckRow {
  readonly run: 'calm' | 'stall';
  readonly percentile: number;
  readonly truthMs: number;
  readonly measuredMs: number;
  /** measured / truth − 1 */
  readonly error: number;
}

export interface SelfCheck {
  readonly perSecond: number;
  readonly seconds: number;
  readonly rows: readonly SelfCheckRow[];
  readonly worstError: number;
  /** Every error is below `maxError`. */
  readonly isWithin: boolean;
  readonly generatorCpuShare: number;
  readonly latenessP99Ms: number;
  readonly verdict: Verdict;
}

export const maxError = 0.02;
const stallMs = 1_000;
const seed = 20_261;
const percentiles = [50, 90, 95, 99, 99.9];

export async function selfCheck(
  load: LoadProcess,
  { perSecond, seconds }: Pick<SelfCheck, 'perSecond' | 'seconds'>,
  onProgress: (line: string) => void,
): Promise<SelfCheck> {
  const { filename, execArgv } = workerEntry(__dirname, 'delay-stub.child');
  const stub = fork(filename, [], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const [port] = (await once(stub, 'message')) as [number];
    const ms = seconds * 1_000;
    const due = dueWithin(ms, perSecond, seed);
    const delays = drawDelays(due.length + 1, seed);
    const requests = delays.map((wait): WireRequest => ({
      route: 'stub',
      method: 'GET',
      path: `/${wait}`,
      headers: {},
    }));
    const measure = async (): Promise<LoadReport> =>
      await load.run({
        url: `http://127.0.0.1:${port}`,
        pace: { kind: 'open', perSecond, arrivals: 'poisson' },
        work: { kind: 'list', requests },
        ...{ ms, seed, maxInFlight: 4 * perSecond },
      });
    onProgress('a server with known delays');
    const calm = await measure();
    onProgress('the same, and it stands still for a second');
    const [stalled, stallReport] = await Promise.all([measure(), stallAfter(stub, ms / 2)]);
    const stall = sinceStart(stallReport, stalled.startedAtMs);
    const rows = [...compare('calm', calm, due, delays, undefined), ...compare('stall', stalled, due, delays, stall)];
    const worstError = Math.max(...rows.map(({ error }) => Math.abs(error)));
    return {
      ...{ perSecond, seconds, rows, worstError, isWithin: worstError < maxError },
      generatorCpuShare: Math.max(calm.cpuShare, stalled.cpuShare),
      latenessP99Ms: Math.max(calm.lateness.p99, stalled.lateness.p99),
      verdict: verdictOf([calm, stalled]),
    };
  } finally {
    if (stub.connected) stub.disconnect();
  }
}

async function stallAfter(stub: ReturnType<typeof fork>, ms: number): Promise<StallReport> {
  await delay(ms);
  const reported = once(stub, 'message') as Promise<[StallReport]>;
  stub.send({ stallMs } satisfies StallOrder);
  return (await reported)[0];
}

function sinceStart({ fromMs, untilMs }: StallReport, startedAtMs: number): Stall {
  return { fromMs: fromMs - startedAtMs, untilMs: untilMs - startedAtMs };
}

function compare(
  run: SelfCheckRow['run'],
  { response }: LoadReport,
  due: readonly number[],
  delays: readonly number[],
  stall: Stall | undefined,
): SelfCheckRow[] {
  const truth = due.map((dueMs, nth) => trueResponseMs(dueMs, delays[nth] ?? 0, stall));
  const measured = [response.p50, response.p90, response.p95, response.p99, response.p999];
  return percentiles.map((percentile, nth) => {
    const truthMs = exactPercentile(truth, percentile);
    const measuredMs = measured[nth] ?? NaN;
    return { run, percentile, truthMs, measuredMs, error: measuredMs / truthMs - 1 };
  });
}
