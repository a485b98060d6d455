import fc from 'fast-check';

import type { RateLimit, RateLimitDecision } from '../src/rate-limit-storage';

interface Hit {
  readonly key: string;
  readonly atMs: number;
  readonly weight: number;
}

/** The definition, word for word: everything ever admitted, counted anew each time. */
export class SlidingLogModel {
  readonly admitted: Hit[] = [];

  take(limits: readonly RateLimit[], atMs: number): RateLimitDecision {
    const isAllowed = limits.every((limit) => this.usedOf(limit, atMs) + limit.weight <= limit.limit);
    const before = limits.map((limit) => this.retryAfterMs(limit, atMs));
    if (isAllowed) for (const { key, weight } of limits) this.admitted.push({ key, atMs, weight });
    const perLimit = limits.map((limit, nth) => ({
      remaining: limit.limit - this.usedOf(limit, atMs),
      resetMs: this.firstMs(limit, atMs, (used) => used === 0),
      retryAfterMs: before[nth] ?? 0,
    }));
    return { isAllowed, perLimit };
  }

  /** The most spent in any half-open span of `windowMs`; each fullest span ends with a hit. */
  fullest(key: string, windowMs: number): number {
    const hits = this.admitted.filter((hit) => hit.key === key);
    const sums = hits.map((last) =>
      hits
        .filter(({ atMs }) => atMs > last.atMs - windowMs && atMs <= last.atMs)
        .reduce((sum, { weight }) => sum + weight, 0),
    );
    return Math.max(0, ...sums);
  }

  private retryAfterMs(limit: RateLimit, atMs: number): number {
    if (limit.weight > limit.limit) return Infinity;
    return this.firstMs(limit, atMs, (used) => used + limit.weight <= limit.limit);
  }

  /** Until what is spent fits: now, or when one of the hits leaves. */
  private firstMs(limit: RateLimit, atMs: number, fits: (used: number) => boolean): number {
    const leaves = this.admitted.map((hit) => hit.atMs + limit.windowMs).filter((leaveMs) => leaveMs > atMs);
    const times = [atMs, ...leaves].sort((one, other) => one - other);
    return (times.find((time) => fits(this.usedOf(limit, time))) ?? Infinity) - atMs;
  }

  private usedOf({ key, windowMs }: RateLimit, atMs: number): number {
    return this.admitted
      .filter((hit) => hit.key === key && hit.atMs + windowMs > atMs)
      .reduce((sum, { weight }) => sum + weight, 0);
  }
}

export interface Arrival {
  readonly gapMs: number;
  readonly limits: readonly RateLimit[];
}

const MINUTE_MS = 60_000;

/** Bursts, pauses around the length of the window, and all between; one or two limits, also heavier than they allow. */
export const histories: fc.Arbitrary<Arrival[]> = fc
  .record({ first: fc.integer({ min: 1, max: 12 }), second: fc.integer({ min: 1, max: 6 }) })
  .chain((allowed) => {
    const limitOf = (key: 'first' | 'second'): fc.Arbitrary<RateLimit> =>
      fc
        .oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 8 }) })
        .map((weight) => ({ key, limit: allowed[key], windowMs: key === 'first' ? MINUTE_MS : 2 * MINUTE_MS, weight }));
    const gapMs = fc.oneof(
      fc.constantFrom(0, 0, 1, MINUTE_MS - 1, MINUTE_MS, MINUTE_MS + 1),
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 0, max: 3 * MINUTE_MS }),
    );
    const limits = fc.oneof(
      limitOf('first').map((limit) => [limit]),
      fc.tuple(limitOf('first'), limitOf('second')),
    );
    return fc.array(fc.record({ gapMs, limits }), { maxLength: 40 });
  });
