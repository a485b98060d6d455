/** A server of which the truth is known: it answers each request after the delay that the request names. */
import { seededRandom } from '@acervo/kernel';

import { dueTimes } from './arrivals';

export interface Stall {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Milliseconds: log-normal around 100, its 99th percentile at 320; as skewed as the latencies of real services. */
export function drawDelays(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.round(100_000 * Math.exp(0.5 * normal)) / 1_000;
  });
}

export function dueWithin(ms: number, perSecond: number, seed: number): number[] {
  const due: number[] = [];
  for (const atMs of dueTimes(perSecond, 'poisson', seed)) {
    if (atMs >= ms) break;
    due.push(atMs);
  }
  return due;
}

/**
 * What a client waits who comes at `dueMs` and is answered `delayMs` after he was heard: during a stall nobody is heard
 * and nobody answered.
 */
export function trueResponseMs(dueMs: number, delayMs: number, stall: Stall | undefined): number {
  const heardMs = afterStall(dueMs, stall);
  return afterStall(heardMs + delayMs, stall) - dueMs;
}

function afterStall(ms: number, stall: Stall | undefined): number {
  return stall !== undefined && ms >= stall.fromMs && ms < stall.untilMs ? stall.untilMs : ms;
}

/** As HdrHistogram counts: the least value that is not below `percentile` per cent of all. */
export function exactPercentile(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)] ?? NaN;
}
