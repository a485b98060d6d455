import { build, type Histogram } from 'hdr-histogram-js';

/** Milliseconds; NaN where nothing was recorded. */
export interface Latency {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly min: number;
  readonly max: number;
}

export interface CurvePoint {
  readonly percentile: number;
  readonly ms: number;
}

const hourUs = 3_600_000_000;
const curvePercentiles = [
  ...Array.from({ length: 90 }, (_, nth) => nth),
  ...Array.from({ length: 40 }, (_, nth) => 90 + nth / 4.1),
  ...[99.8, 99.9, 99.95, 99.99, 99.999, 100],
];

/**
 * Latencies to the microsecond, kept in logarithmic buckets (HdrHistogram by Gil Tene): memory does not grow with
 * their number, and every percentile is right to 10^-digits of its value. Mean, least and most are exact.
 */
export class LatencyRecord {
  private readonly histogram: Histogram;
  private sum = 0;
  private least = Infinity;
  private most = 0;

  /** @param digits significant ones: 3 takes 50 to 200 KB, 2 a tenth of that */
  constructor(digits: 2 | 3) {
    this.histogram = build({ bitBucketSize: 32, numberOfSignificantValueDigits: digits, autoResize: true });
  }

  add(ms: number): void {
    const us = Math.round(ms * 1_000);
    this.histogram.recordValue(Math.min(Math.max(us, 0), hourUs));
    this.sum += ms;
    this.least = Math.min(this.least, ms);
    this.most = Math.max(this.most, ms);
  }

  summary(): Latency {
    const count = this.histogram.totalCount;
    if (count === 0) {
      const none = NaN;
      return { count, mean: none, p50: none, p90: none, p95: none, p99: none, p999: none, min: none, max: none };
    }
    return {
      count,
      mean: this.sum / count,
      p50: this.at(50),
      p90: this.at(90),
      p95: this.at(95),
      p99: this.at(99),
      p999: this.at(99.9),
      min: this.least,
      max: this.most,
    };
  }

  curve(): CurvePoint[] {
    if (this.histogram.totalCount === 0) return [];
    return curvePercentiles.map((percentile) => ({ percentile, ms: this.at(percentile) }));
  }

  private at(percentile: number): number {
    return Math.min(this.most, Math.max(this.least, this.histogram.getValueAtPercentile(percentile) / 1_000));
  }
}
