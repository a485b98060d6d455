import type { CallContext } from '@acervo/kernel';

/** At most `limit` permits in any span of `windowMs`. */
export interface RateLimit {
  /** Names the client and what is limited. One key keeps its window; a call names no key twice. */
  readonly key: string;
  /** Integer ≥ 1. */
  readonly limit: number;
  /** Integer ≥ 1. */
  readonly windowMs: number;
  /** Permits that this request costs: integer ≥ 0, a batch of n costs n; 0 only looks. */
  readonly weight: number;
}

export interface LimitState {
  /** Permits left after this decision. */
  readonly remaining: number;
  /** Until all permits are back, when nothing else is spent; 0 when they are. */
  readonly resetMs: number;
  /** Until this limit would admit the same request; 0 when it does, Infinity when `weight` is above `limit`. */
  readonly retryAfterMs: number;
  /** The share of this process that counts instead of `limit` while the shared storage is away. */
  readonly degradedLimit?: number;
}

export interface RateLimitDecision {
  readonly isAllowed: boolean;
  /** In the order of the limits asked for. */
  readonly perLimit: readonly LimitState[];
}

/** Decides whether a request is within its limits, by the exact log of what was spent. */
export abstract class RateLimitStorage {
  /** What is shared with others is away, and each admits its share. */
  get isDegraded(): boolean {
    return false;
  }

  /**
   * Spends `weight` of every limit when all of them admit it, of none otherwise. A storage that need not wait answers
   * without a promise.
   *
   * @throws RangeError when a limit is not as `RateLimit` says
   */
  abstract take(limits: readonly RateLimit[], context: CallContext): RateLimitDecision | Promise<RateLimitDecision>;

  abstract close(): Promise<void>;
}

/** One log for all replicas, kept elsewhere: it may be away. */
export abstract class SharedRateLimitStorage extends RateLimitStorage {
  /** Rejects when the storage cannot be used. */
  abstract checkHealth(context: CallContext): Promise<void>;

  /** Told that the storage does not answer: a connection that may be dead is given up. */
  abstract recover(): void;
}

export function assertLimits(limits: readonly RateLimit[]): void {
  // By index: an iterator is a tenth of what a take costs.
  for (let nth = 0; nth < limits.length; nth += 1) {
    const asked = limits[nth];
    if (asked === undefined) continue;
    const { key, limit, windowMs, weight } = asked;
    const isCounted = Number.isSafeInteger(limit) && limit >= 1 && Number.isSafeInteger(weight) && weight >= 0;
    if (!isCounted || !Number.isSafeInteger(windowMs) || windowMs < 1)
      throw new RangeError(`The limit ${key} is not valid: ${weight} of ${limit} in ${windowMs} ms.`);
    for (let before = 0; before < nth; before += 1)
      if (limits[before]?.key === key) throw new RangeError(`The limit ${key} is named twice in one call.`);
  }
}
