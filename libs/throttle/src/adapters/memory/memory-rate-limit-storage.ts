import {
  assertLimits,
  type LimitState,
  type RateLimit,
  type RateLimitDecision,
  RateLimitStorage,
} from '../../rate-limit-storage';

import { LogTable } from './log-table';
import type { PermitLog } from './permit-log';

export interface MemoryRateLimitOptions {
  /**
   * Keys kept; with more the least recently used one is forgotten, and with it what it had spent. Only that many other
   * keys inside one window make a client's log go. A key takes about 300 bytes and 8 to 16 for each permit spent.
   * Default 100,000.
   */
  readonly maxKeys?: number;
  /** Between two removals of keys that nobody uses any more. Default 10,000. */
  readonly sweepMs?: number;
  /** In ms, on any clock. Default: the monotonic one. */
  readonly now?: () => number;
}

/** Exact sliding log in this process. O(weight) amortised a limit, whatever was spent before; never waits. */
export class MemoryRateLimitStorage extends RateLimitStorage {
  private readonly logs: LogTable;
  private readonly now: () => number;
  private readonly sweeper: NodeJS.Timeout;
  private latestMs = -Infinity;
  private longestWindowMs = 0;

  constructor(options: MemoryRateLimitOptions = {}) {
    super();
    this.logs = new LogTable(options.maxKeys ?? 100_000);
    this.now = options.now ?? (() => performance.now());
    this.sweeper = setInterval(() => {
      this.sweep();
    }, options.sweepMs ?? 10_000);
    this.sweeper.unref();
  }

  /** Keys with a log now. */
  get keyCount(): number {
    return this.logs.size;
  }

  override take(limits: readonly RateLimit[]): RateLimitDecision {
    assertLimits(limits);
    const now = this.readClock();
    let isAllowed = true;
    const logs = limits.map(({ key, limit, windowMs, weight }) => {
      if (windowMs > this.longestWindowMs) this.longestWindowMs = windowMs;
      const log = this.logs.touch(key, now);
      log?.dropUntil(now - windowMs);
      if ((log?.used ?? 0) + weight > limit) isAllowed = false;
      return log;
    });
    const perLimit = limits.map((limit, nth) => {
      let log = logs[nth];
      const used = log?.used ?? 0;
      if (isAllowed && limit.weight > 0) {
        log ??= this.logs.add(limit.key, now);
        log.spend(limit.weight, now);
      }
      return stateOf(limit, log, used, now);
    });
    return { isAllowed, perLimit };
  }

  /** Removes the keys that hold nothing any more; the timer does it as well. */
  sweep(): void {
    this.logs.removeUntil(this.readClock() - this.longestWindowMs);
  }

  override async close(): Promise<void> {
    clearInterval(this.sweeper);
    this.logs.clear();
    await Promise.resolve();
  }

  /** Never backwards: the logs are in order. */
  private readClock(): number {
    this.latestMs = Math.max(this.latestMs, this.now());
    return this.latestMs;
  }
}

/** @param usedBefore without what this request has spent */
function stateOf(limit: RateLimit, log: PermitLog | undefined, usedBefore: number, now: number): LimitState {
  const used = log?.used ?? 0;
  const excess = usedBefore + limit.weight - limit.limit;
  let retryAfterMs = 0;
  if (limit.weight > limit.limit) retryAfterMs = Infinity;
  else if (excess > 0 && log !== undefined) retryAfterMs = log.at(excess - 1) + limit.windowMs - now;
  return {
    remaining: Math.max(0, limit.limit - used),
    resetMs: log === undefined || used === 0 ? 0 : log.at(used - 1) + limit.windowMs - now,
    retryAfterMs,
  };
}
