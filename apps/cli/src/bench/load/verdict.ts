import type { LoadReport } from './load.child';

/** Whether figures may be called the server's. */
export type Verdict = { readonly isClaim: true } | { readonly isClaim: false; readonly reasons: readonly string[] };

/** Of one core: beyond it the generator itself is queueing. */
const maxCpuShare = 0.8;
/** Requests that left later than that are the generator's delay, not the server's; or a tenth of what is measured. */
const maxLatenessMs = 5;

export const noClaim = 'no claim: the generator was the bottleneck';

/** Looks at each run alone: one bad run spoils what is said of all. */
export function verdictOf(
  reports: readonly Pick<LoadReport, 'cpuShare' | 'lateness' | 'response' | 'dropped'>[],
): Verdict {
  const reasons = new Set<string>();
  for (const { cpuShare, lateness, response, dropped } of reports) {
    if (cpuShare > maxCpuShare)
      reasons.add(`it used ${percent(cpuShare)} of a core, more than ${percent(maxCpuShare)}`);
    const bound = Math.max(maxLatenessMs, response.p99 / 10);
    if (lateness.p99 > bound)
      reasons.add(`one request in a hundred left ${lateness.p99.toFixed(1)} ms late, more than ${bound.toFixed(1)}`);
    if (dropped > 0) reasons.add(`${dropped} requests were not sent: --max-in-flight were under way`);
  }
  return reasons.size === 0 ? { isClaim: true } : { isClaim: false, reasons: [...reasons] };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
