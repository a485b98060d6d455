import type { LoadReport } from './load.child';

/** Whether figures may be called the server's. */
export type Verdict = { readonly isClaim: true } | { readonly isClaim: false; readonly reasons: readonly string[] };

/** Of one core: beyond it the generator itself is queueing. */
const maxCpuShare = 0.8;
/** What left later than that is the generator's delay, not the server's: on average, and one in a hundred. */
const lateness = { meanMs: 0.5, meanShare: 0.02, p99Ms: 5, p99Share: 0.05 };

export const noClaim = 'no claim: the generator was the bottleneck';

type Measured = Pick<LoadReport, 'cpuShare' | 'lateness' | 'response' | 'dropped'>;

/** Looks at each run alone, for one bad run spoils what is said of all; tells the worst of each kind. */
export function verdictOf(reports: readonly Measured[]): Verdict {
  const checks = [
    worst(
      reports,
      ({ cpuShare }) => cpuShare / maxCpuShare,
      ({ cpuShare }) => `it used ${percent(cpuShare)} of a core`,
    ),
    worst(
      reports,
      ({ lateness: late, response }) => late.mean / Math.max(lateness.meanMs, response.p50 * lateness.meanShare),
      ({ lateness: late }) => `requests left ${late.mean.toFixed(1)} ms late on average`,
    ),
    worst(
      reports,
      ({ lateness: late, response }) => late.p99 / Math.max(lateness.p99Ms, response.p99 * lateness.p99Share),
      ({ lateness: late }) => `one in a hundred left ${late.p99.toFixed(1)} ms late`,
    ),
    worst(
      reports,
      ({ dropped }) => dropped * 2,
      ({ dropped }) => `${dropped} requests were not sent: --max-in-flight were under way`,
    ),
  ];
  const reasons = checks.filter((reason) => reason !== undefined);
  return reasons.length === 0 ? { isClaim: true } : { isClaim: false, reasons };
}

/** Of the run with the highest excess, when that is above 1. */
function worst(
  reports: readonly Measured[],
  excessOf: (report: Measured) => number,
  tell: (report: Measured) => string,
): string | undefined {
  const [most] = reports
    .map((report) => ({ report, excess: excessOf(report) }))
    .filter(({ excess }) => excess > 1)
    .sort((a, b) => b.excess - a.excess);
  return most === undefined ? undefined : tell(most.report);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
