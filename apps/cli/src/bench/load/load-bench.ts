import { conditionsNow, type Conditions } from '../conditions';
import { findKnee } from './knee';
import type { Arrivals, Work } from './load-order';
import type { LoadProcess, LoadProgress } from './load-process';
import type { LoadReport } from './load.child';
import { verdictOf, type Verdict } from './verdict';

export interface LoadPlan {
  readonly url: string;
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly arrivals: Arrivals;
  readonly work: Extract<Work, { kind: 'mix' }>;
  readonly maxInFlight: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Doubles the first rate until the bar is missed, instead of `rates`. */
  readonly ramp?: { readonly maxPerSecond: number; readonly maxP99Ms: number };
}

/** Of one rate. */
export interface LoadStep extends LoadReport {
  readonly perSecond: number;
  /** p99 and goodput are within the bars of a ramp. */
  readonly isKept: boolean;
}

export interface LoadBenchResult {
  readonly conditions: Conditions;
  readonly plan: Omit<LoadPlan, 'headers' | 'work'> & { readonly mix: Readonly<Record<string, number>> };
  readonly steps: readonly LoadStep[];
  /** Requests a second, with a ramp. */
  readonly knee: number | undefined;
  readonly verdict: Verdict;
}

/** Below it a rate is not kept. */
const minGoodput = 0.95;
const precision = 0.05;

export async function benchLoad(
  load: LoadProcess,
  plan: LoadPlan,
  onProgress: (perSecond: number, progress: LoadProgress) => void,
): Promise<LoadBenchResult> {
  const conditions = conditionsNow();
  let asked = plan.work.firstNumber;
  const run = async (perSecond: number, seconds: number): Promise<LoadReport> => {
    const report = await load.run(
      {
        ...{ url: plan.url, ms: seconds * 1_000, headers: plan.headers },
        ...{ seed: plan.seed, maxInFlight: plan.maxInFlight },
        pace: { kind: 'open', perSecond, arrivals: plan.arrivals },
        work: { ...plan.work, firstNumber: asked },
      },
      (progress) => {
        onProgress(perSecond, progress);
      },
    );
    asked += (report.asked + report.dropped) * 10;
    return report;
  };
  const probe = async (perSecond: number): Promise<LoadStep> => {
    const report = await run(perSecond, plan.seconds);
    const isKept = report.goodput >= minGoodput && report.response.p99 <= (plan.ramp?.maxP99Ms ?? Infinity);
    return { ...report, perSecond, isKept };
  };
  const [first = 1] = plan.rates;
  if (plan.warmUpSeconds > 0) await run(first, plan.warmUpSeconds);
  const { knee, steps } =
    plan.ramp === undefined
      ? { knee: undefined, steps: await inTurn(plan.rates, probe) }
      : await findKnee({ fromPerSecond: first, maxPerSecond: plan.ramp.maxPerSecond, precision }, probe);
  // Beyond the knee requests are dropped because the server is late.
  const judged = knee === undefined ? steps : steps.map((step) => (step.isKept ? step : { ...step, dropped: 0 }));
  return { conditions, plan: withoutSecrets(plan), steps, knee, verdict: verdictOf(judged) };
}

/** Headers hold the key; of the queries there may be many. */
function withoutSecrets(plan: LoadPlan): LoadBenchResult['plan'] {
  const { url, rates, seconds, warmUpSeconds, arrivals, maxInFlight, seed, ramp, work } = plan;
  return {
    ...{ url, rates, seconds, warmUpSeconds, arrivals, maxInFlight, seed, mix: { ...work.routes } },
    ...(ramp === undefined ? {} : { ramp }),
  };
}

async function inTurn<T>(rates: readonly number[], probe: (perSecond: number) => Promise<T>): Promise<T[]> {
  const steps: T[] = [];
  for (const rate of rates) steps.push(await probe(rate));
  return steps;
}
