import {
  assertLimits,
  type LimitState,
  type RateLimit,
  type RateLimitDecision,
  RateLimitStorage,
} from '../../rate-limit-storage';

import { type LogId, PermitLogs } from './permit-logs';

export interface MemoryRateLimitOptions {
  /**
   * Keys kept; with more one is forgotten that is not in the half used last, and with it what it had spent. Only half as
   * many other keys inside one window make a client's log go. A key takes about 200 bytes, and 8 to 16 for each permit spent
   * beyond the fifth. Default 100,000.
   */
  readonly maxKeys?: number;
  /** In which all keys are looked at once, for those that hold nothing any more. Default 10,000. */
  readonly sweepMs?: number;
  /** In ms, on any clock. Default: the monotonic one. */
  readonly now?: () => number;
}

/** A hundred thousand keys at once would hold up requests for some milliseconds. */
const SWEEPS = 20;

/** Exact sliding log in this process. O(weight) amortised a limit, whatever was spent before; never waits. */
export class MemoryRateLimitStorage extends RateLimitStorage {
  private readonly logs: PermitLogs;
  private readonly now: () => number;
  private readonly sweeper: NodeJS.Timeout;
  private latestMs = -Infinity;
  private longestWindowMs = 0;

  constructor(options: MemoryRateLimitOptions = {}) {
    super();
    this.logs = new PermitLogs(options.maxKeys ?? 100_000);
    this.now = options.now ?? (() => performance.now());
    this.sweeper = setInterval(
      () => {
        this.logs.sweep(this.readClock() - this.longestWindowMs, Math.ceil(this.logs.size / SWEEPS) + 1);
      },
      (options.sweepMs ?? 10_000) / SWEEPS,
    );
    this.sweeper.unref();
  }

  /** Keys with a log now. */
  get keyCount(): number {
    return this.logs.size;
  }

  override take(limits: readonly RateLimit[]): RateLimitDecision {
    assertLimits(limits);
    const now = this.readClock();
    const [only] = limits;
    return limits.length === 1 && only !== undefined ? this.takeOne(only, now) : this.takeAll(limits, now);
  }

  /** Removes the keys that hold nothing any more; the timer does it as well. */
  sweep(): void {
    this.logs.sweep(this.readClock() - this.longestWindowMs);
  }

  override async close(): Promise<void> {
    clearInterval(this.sweeper);
    this.logs.clear();
    await Promise.resolve();
  }

  private takeOne(limit: RateLimit, now: number): RateLimitDecision {
    const log = this.look(limit, now);
    const used = log === undefined ? 0 : this.logs.used(log);
    const isAllowed = used + limit.weight <= limit.limit;
    return { isAllowed, perLimit: [this.settle(limit, isAllowed, log, used, now)] };
  }

  private takeAll(limits: readonly RateLimit[], now: number): RateLimitDecision {
    // A log that is added may take the place of another: each is looked for again when its turn comes.
    const used = limits.map((limit) => {
      const log = this.look(limit, now);
      return log === undefined ? 0 : this.logs.used(log);
    });
    const isAllowed = limits.every(({ limit, weight }, nth) => (used[nth] ?? 0) + weight <= limit);
    const perLimit = limits.map((limit, nth) =>
      this.settle(limit, isAllowed, this.logs.find(limit.key), used[nth] ?? 0, now),
    );
    return { isAllowed, perLimit };
  }

  private look({ key, windowMs }: RateLimit, now: number): LogId | undefined {
    if (windowMs > this.longestWindowMs) this.longestWindowMs = windowMs;
    const log = this.logs.find(key);
    if (log !== undefined) this.logs.dropUntil(log, now - windowMs);
    return log;
  }

  /** @param usedBefore without what this request spends now */
  private settle(
    { key, limit, windowMs, weight }: RateLimit,
    isAllowed: boolean,
    found: LogId | undefined,
    usedBefore: number,
    now: number,
  ): LimitState {
    let log = found;
    let used = log === undefined ? 0 : this.logs.used(log);
    if (isAllowed && weight > 0) {
      log ??= this.logs.add(key);
      this.logs.spend(log, weight, now);
      used += weight;
    }
    const excess = usedBefore + weight - limit;
    let retryAfterMs = 0;
    if (weight > limit) retryAfterMs = Infinity;
    else if (excess > 0 && log !== undefined) retryAfterMs = this.logs.at(log, excess - 1) + windowMs - now;
    return {
      remaining: Math.max(0, limit - used),
      resetMs: log === undefined || used === 0 ? 0 : this.logs.at(log, used - 1) + windowMs - now,
      retryAfterMs,
    };
  }

  /** Never backwards: the logs are in order. */
  private readClock(): number {
    this.latestMs = Math.max(this.latestMs, this.now());
    return this.latestMs;
  }
}
