/**
 * The numbers of a process in the shape that both forms, JSON and Prometheus text, are made from. Plain data: it goes
 * from process to process as it is.
 */
import type { LatencyHistogram } from './latency-buckets';

export type Labels = Readonly<Record<string, string>>;

/** How the values of several processes become one. */
export type Aggregation = 'sum' | 'max';

interface Described {
  /** As Prometheus wants it; counters end in `_total`. */
  readonly name: string;
  readonly help: string;
}

export interface ValueSample {
  readonly labels: Labels;
  readonly value: number;
  readonly aggregation: Aggregation;
}

export interface HistogramSample {
  readonly labels: Labels;
  /** As `LatencyHistogram.counts`. */
  readonly counts: Float64Array;
  readonly sum: number;
}

export interface ValueFamily extends Described {
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly ValueSample[];
}

export interface HistogramFamily extends Described {
  readonly type: 'histogram';
  readonly samples: readonly HistogramSample[];
}

export type Family = ValueFamily | HistogramFamily;

type Values = number | Iterable<readonly [Labels, number | undefined]>;

/** A number that only grows. Labels are of closed sets. */
export function counter(name: string, help: string, values: Values): ValueFamily {
  return { name, help, type: 'counter', samples: samplesOf(values, 'sum') };
}

/** @param aggregation `max` of what all processes see alike, such as the host, or of the worst of them */
export function gauge(name: string, help: string, values: Values, aggregation: Aggregation = 'sum'): ValueFamily {
  return { name, help, type: 'gauge', samples: samplesOf(values, aggregation) };
}

/** @param series live ones; they are copied */
export function histogram(
  name: string,
  help: string,
  series: Iterable<readonly [Labels, LatencyHistogram]>,
): HistogramFamily {
  const samples = Array.from(series, ([labels, { counts, sum }]) => ({ labels, counts: counts.slice(), sum }));
  return { name, help, type: 'histogram', samples };
}

function samplesOf(values: Values, aggregation: Aggregation): ValueSample[] {
  if (typeof values === 'number') return [{ labels: {}, value: values, aggregation }];
  return Array.from(values).flatMap(([labels, value]) => (value === undefined ? [] : [{ labels, value, aggregation }]));
}
