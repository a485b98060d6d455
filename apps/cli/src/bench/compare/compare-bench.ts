import type { LoadProcess } from '../load/load-process';
import type { Pace, Work } from '../load/load-order';
import type { LoadReport } from '../load/load.child';
import { verdictOf, type Verdict } from '../load/verdict';
import { alternation, pairedRatio, type Ratio } from './bootstrap';

/** A server, and what is asked of it when that differs from the others. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly work?: Work;
  readonly pace?: Pace;
  readonly keepsConnections?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ComparePlan {
  readonly contenders: readonly Contender[];
  readonly pace: Pace;
  readonly work: Work;
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Compared {
  readonly name: string;
  readonly url: string;
  /** Medians of the rounds. */
  readonly okPerSecond: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly goodput: number;
  readonly bytesPerAnswer: number;
  /** Beside the first server. */
  readonly rate: Ratio;
  readonly mean: Ratio;
  readonly p50: Ratio;
  readonly p99: Ratio;
}

export interface CompareResult {
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly pace: Pace;
  readonly servers: readonly Compared[];
  readonly verdict: Verdict;
}

const warmUpRounds = 2;

/** The same requests in the same order to each server, in alternation; one round more each to warm up. */
export async function benchCompare(
  load: LoadProcess,
  plan: ComparePlan,
  onProgress: (line: string, done: number) => void,
): Promise<CompareResult> {
  const { contenders, rounds, secondsPerRound, pace } = plan;
  const reports: LoadReport[][] = contenders.map(() => []);
  let nth = 0;
  for (const order of alternation(contenders.length, warmUpRounds + rounds)) {
    for (const index of order) {
      const contender = contenders[index];
      if (contender === undefined) continue;
      const isWarmUp = nth < warmUpRounds;
      onProgress(isWarmUp ? 'warming up' : contender.name, nth / (warmUpRounds + rounds));
      const report = await load.run({
        ...{ url: contender.url, pace: contender.pace ?? pace, ms: secondsPerRound * 1_000, seed: nth + 1 },
        headers: { ...plan.headers, ...contender.headers },
        work: numbered(contender.work ?? plan.work, nth),
        keepsConnections: contender.keepsConnections ?? true,
      });
      if (!isWarmUp) reports[index]?.push(report);
    }
    nth += 1;
  }
  const [first = []] = reports;
  const servers = contenders.map((contender, index) => summarise(contender, reports[index] ?? [], first));
  return { rounds, secondsPerRound, pace, servers, verdict: verdictOf(reports.flat()) };
}

/** So that questions which must be new are new in each round, and the same for every server. */
function numbered(work: Work, round: number): Work {
  return work.kind === 'list' ? work : { ...work, firstNumber: work.firstNumber + round * 1_000_000 };
}

function summarise({ name, url }: Contender, own: readonly LoadReport[], first: readonly LoadReport[]): Compared {
  const compare = (figure: (report: LoadReport) => number): Ratio => pairedRatio(own.map(figure), first.map(figure));
  const rate = (report: LoadReport): number => report.okPerSecond;
  const mean = (report: LoadReport): number => report.response.mean;
  const p50 = (report: LoadReport): number => report.response.p50;
  const p99 = (report: LoadReport): number => report.response.p99;
  return {
    ...{ name, url, okPerSecond: median(own.map(rate)), meanMs: median(own.map(mean)) },
    p50Ms: median(own.map(p50)),
    p99Ms: median(own.map(p99)),
    goodput: median(own.map(({ goodput }) => goodput)),
    bytesPerAnswer: median(own.map(({ bodyBytes, ok }) => bodyBytes / ok)),
    ...{ rate: compare(rate), mean: compare(mean), p50: compare(p50), p99: compare(p99) },
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
