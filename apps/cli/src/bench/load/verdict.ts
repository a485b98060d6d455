import type { LoadReport } from './load.child';

/** Whether figures may be called the server's. */
export type Verdict = { readonly isClaim: true } | { readonly isClaim: false; readonly reasons: readonly string[] };

/** Of one core: beyond it the generator itself is queueing. */
const maxCpuShare = 0.8;
/** What left later than that is the generator's delay, not the server's: on average, and one in a hundred. */
const lateness = { meanMs: 0.5, meanShare: 0.02, p99Ms: 5, p99Share: 0.05 };

export const noClaim = 'no claim: the generator was the bottleneck';

/** Looks at each run alone: one bad run spoils what is said of all. */
export function verdictOf(
  reports: readonly Pick<LoadReport, 'cpuShare' | 'lateness' | 'response' | 'dropped'>[],
): Verdict {
  const reasons = new Set<string>();
  for (const { cpuShare, lateness: late, response, dropped } of reports) {
    if (cpuShare > maxCpuShare)
      reasons.add(`it used ${percent(cpuShare)} of a core, more than ${percent(maxCpuShare)}`);
    const [mean, p99] = [
      Math.max(lateness.meanMs, response.p50 * lateness.meanShare),
      Math.max(lateness.p99Ms, response.p99 * lateness.p99Share),
    ];
    if (late.mean > mean)
      reasons.add(`requests left ${late.mean.toFixed(1)} ms late on average, more than ${mean.toFixed(1)}`);
    if (late.p99 > p99)
      reasons.add(`one in a hundred left ${late.p99.toFixed(1)} ms late, more than ${p99.toFixed(1)}`);
    if (dropped > 0) reasons.add(`${dropped} requests were not sent: --max-in-flight were under way`);
  }
  return reasons.size === 0 ? { isClaim: true } : { isClaim: false, reasons: [...reasons] };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
