/** From an answer out of memory (0.05 ms) to a research of a minute; upper bounds in seconds, each inclusive. */
export const latencyBounds: readonly number[] = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Durations as counts by bucket: the last one is for what is longer than every bound. */
export class LatencyHistogram {
  /** [latencyBounds.length + 1], not cumulative. */
  readonly counts = new Float64Array(latencyBounds.length + 1);
  sum = 0;

  /** Cost: a scan from the shortest bucket, a few ns. */
  observe(seconds: number): void {
    let bucket = 0;
    while (seconds > (latencyBounds[bucket] ?? Infinity)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += seconds;
  }
}

export interface Latency {
  readonly avg: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Of counts as `LatencyHistogram` has them; all zero when there are none. */
export function latencyOfBuckets(counts: ArrayLike<number>, sum: number): Latency {
  const total = totalOf(counts);
  const at = (share: number): number => quantileOfBuckets(counts, total, share);
  return { avg: total === 0 ? 0 : sum / total, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Of single durations, in any order; the smallest that `share` of them do not exceed. */
export function latencyOf(seconds: Float64Array): Latency {
  const sorted = seconds.toSorted();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const sum = sorted.reduce((total, one) => total + one, 0);
  return { avg: sorted.length === 0 ? 0 : sum / sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export function totalOf(counts: ArrayLike<number>): number {
  let total = 0;
  for (let at = 0; at < counts.length; at += 1) total += counts[at] ?? 0;
  return total;
}

/** As `histogram_quantile` of Prometheus: linear within a bucket, the last bound for what is beyond. */
function quantileOfBuckets(counts: ArrayLike<number>, total: number, share: number): number {
  if (total === 0) return 0;
  const rank = share * total;
  let before = 0;
  for (let bucket = 0; bucket < latencyBounds.length; bucket += 1) {
    const own = counts[bucket] ?? 0;
    if (own > 0 && before + own >= rank) {
      const lower = latencyBounds[bucket - 1] ?? 0;
      const upper = latencyBounds[bucket] ?? lower;
      return lower + ((rank - before) / own) * (upper - lower);
    }
    before += own;
  }
  return latencyBounds.at(-1) ?? 0;
}
