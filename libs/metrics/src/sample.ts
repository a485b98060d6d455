/** What a process looked like over ten seconds. Plain data. */
import type { MachineLoad } from './machine-load';
import type { RequestTotals } from './request-metrics';

export const samplePeriodMs = 10_000;
export const maxSamples = 100;

export interface Sample extends MachineLoad {
  /** Number of its ten seconds since 1970: processes count alike, so that their samples can be put together. */
  readonly slot: number;
  readonly atMs: number;
  /** How long it covers. */
  readonly spanSeconds: number;
  /** Within it. */
  readonly requests: RequestTotals;
  readonly lookUps: LookUps;
  readonly eventLoop: EventLoopDelay;
}

/** Of answers in their cache. */
export interface LookUps {
  readonly hits: number;
  readonly misses: number;
}

/** In seconds. */
export interface EventLoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** One for each slot, oldest first, of the last slots. What all processes see alike is taken from one of them. */
export function mergeSamples(series: readonly (readonly Sample[])[]): Sample[] {
  const bySlot = new Map<number, Sample>();
  for (const sample of series.flat()) {
    const known = bySlot.get(sample.slot);
    bySlot.set(sample.slot, known === undefined ? sample : addUp(known, sample));
  }
  return [...bySlot.values()].sort((one, other) => one.slot - other.slot).slice(-maxSamples);
}

function addUp(one: Sample, other: Sample): Sample {
  return {
    ...one,
    processCpuPercent: one.processCpuPercent + other.processCpuPercent,
    processMemoryBytes: one.processMemoryBytes + other.processMemoryBytes,
    requests: {
      requests: one.requests.requests + other.requests.requests,
      errors: one.requests.errors + other.requests.errors,
      refused: one.requests.refused + other.requests.refused,
      seconds: one.requests.seconds + other.requests.seconds,
      buckets: one.requests.buckets.map((count, at) => count + (other.requests.buckets[at] ?? 0)),
    },
    lookUps: {
      hits: one.lookUps.hits + other.lookUps.hits,
      misses: one.lookUps.misses + other.lookUps.misses,
    },
    eventLoop: {
      p50: Math.max(one.eventLoop.p50, other.eventLoop.p50),
      p99: Math.max(one.eventLoop.p99, other.eventLoop.p99),
      max: Math.max(one.eventLoop.max, other.eventLoop.max),
    },
  };
}
