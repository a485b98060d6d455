import { outcomeOf, type LimitOutcome, type NamedLimit } from './limit-outcome';
import type { LimitState } from './rate-limit-storage';

interface Refusal {
  readonly limit: number;
  readonly untilMs: number;
  readonly resetAtMs: number;
}

const MAX_KEYS = 10_000;

/**
 * Who has nothing left, and until when. A full log admits nothing before its oldest permit leaves, whoever asks and
 * wherever it is kept: until then a request is refused, with the same figures, without a look at the log. A client that
 * does not stop therefore costs no round trips.
 *
 * Only requests that cost one permit are remembered and answered. What is decided while the shared storage is away is
 * not: when it is back its log holds.
 */
export class RefusalMemory {
  private readonly refusals = new Map<string, Refusal>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  add(limit: NamedLimit, { remaining, retryAfterMs, resetMs, degradedLimit }: LimitState): void {
    if (limit.weight !== 1 || remaining > 0 || degradedLimit !== undefined) return;
    const now = this.now();
    if (this.refusals.size >= MAX_KEYS) this.forgetOldest();
    this.refusals.set(limit.key, {
      limit: limit.limit,
      untilMs: now + retryAfterMs,
      resetAtMs: now + resetMs,
    });
  }

  find(limit: NamedLimit): LimitOutcome | undefined {
    if (this.refusals.size === 0 || limit.weight !== 1) return undefined;
    const refusal = this.refusals.get(limit.key);
    if (refusal === undefined) return undefined;
    const now = this.now();
    if (now >= refusal.untilMs || refusal.limit !== limit.limit) {
      this.refusals.delete(limit.key);
      return undefined;
    }
    const state = { remaining: 0, resetMs: refusal.resetAtMs - now, retryAfterMs: refusal.untilMs - now };
    return outcomeOf([limit], [state]);
  }

  private forgetOldest(): void {
    for (const key of this.refusals.keys()) {
      this.refusals.delete(key);
      return;
    }
  }
}
