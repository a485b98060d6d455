/**
 * A tier that may fail without anybody noticing but the counters: each call has a time limit, a failed read is a miss, a
 * failed write is lost. After three failures in a row the tier is left alone, at no cost to the callers: a probe in the
 * background, not a request, finds out when it is back.
 */
import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll } from 'cockatiel';

import { CallWatch } from './call-watch';
import type { CacheTier, ReleaseLease, TierUsage, TierWrite } from './cache-tier';

export interface GuardOptions {
  /** Of one call. Default 50 for Redis, 250 for the disk. */
  readonly timeoutMs?: number;
  /** Failures in a row. Default 3. */
  readonly breakerFailures?: number;
  /** Between two probes of a tier that is left alone. Default 1,000. */
  readonly breakerPauseMs?: number;
  /** Told about each change for the worse and the better; for the log. */
  readonly onChange?: (tier: string, isAvailable: boolean, reason: unknown) => void;
}

export interface GuardedTierStats {
  readonly name: string;
  readonly isAvailable: boolean;
  readonly hits: number;
  readonly misses: number;
  readonly hitRatio: number;
  /** Calls that failed or took too long. */
  readonly failures: number;
  /** Calls that were not made because the tier was left alone. */
  readonly skipped: number;
}

const CLEAR_TIMEOUT_MS = 10_000;

export class GuardedTier {
  private readonly timeoutMs: number;
  private readonly pauseMs: number;
  private readonly watch: CallWatch;
  private readonly breaker;
  /** The last call failed: the breaker counts, and must hear of the next success. */
  private hasFailed = false;
  private probe: NodeJS.Timeout | undefined;
  private isClosed = false;
  private hits = 0;
  private misses = 0;
  private failures = 0;
  private skipped = 0;

  constructor(
    private readonly tier: CacheTier,
    options: GuardOptions = {},
  ) {
    this.timeoutMs = options.timeoutMs ?? (tier.name === 'redis' ? 50 : 250);
    this.watch = new CallWatch(this.timeoutMs);
    this.pauseMs = options.breakerPauseMs ?? 1_000;
    this.breaker = circuitBreaker(handleAll, {
      halfOpenAfter: this.pauseMs,
      breaker: new ConsecutiveBreaker(options.breakerFailures ?? 3),
    });
    this.breaker.onBreak((reason) => {
      if (this.isClosed) return;
      tier.recover();
      if (this.probe === undefined) options.onChange?.(tier.name, false, reason);
      this.scheduleProbe();
    });
    this.breaker.onReset(() => {
      this.probe = undefined;
      options.onChange?.(tier.name, true, undefined);
    });
  }

  get name(): CacheTier['name'] {
    return this.tier.name;
  }

  get isShared(): boolean {
    return this.tier.isShared;
  }

  get isAvailable(): boolean {
    return !this.isClosed && this.breaker.state === CircuitState.Closed;
  }

  /** Never rejects: what cannot be had is undefined. */
  async getMany(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    const values = (await this.attempt(async () => await this.tier.getMany(keys))) ?? [];
    const found = values.reduce((sum, value) => sum + (value === undefined ? 0 : 1), 0);
    this.hits += found;
    this.misses += keys.length - found;
    return values;
  }

  /**
   * The same for one key, for the path of requests: one promise, where `getMany` has eight. A hit in Redis is
   * little more than a round trip.
   *
   * @param read makes of the bytes what is wanted, once for all who wait; must not throw
   */
  get<T>(key: string, read: (bytes: Buffer) => T | undefined): Promise<T | undefined> {
    if (!this.isAvailable) {
      this.skipped += 1;
      this.misses += 1;
      return Promise.resolve(undefined);
    }
    return new Promise((resolve) => {
      const onFailure = (error: unknown): void => {
        this.misses += 1;
        void this.fail(error).then(() => {
          resolve(undefined);
        });
      };
      const call = this.watch.begin(onFailure);
      this.tier.look(
        key,
        (value) => {
          if (!this.watch.end(call)) return;
          if (value === undefined) this.misses += 1;
          else this.hits += 1;
          if (this.hasFailed) void this.report();
          resolve(value && read(value));
        },
        (error: unknown) => {
          if (this.watch.end(call)) onFailure(error);
        },
      );
    });
  }

  /** Never rejects; whether the tier took the writes. */
  async setMany(writes: readonly TierWrite[]): Promise<boolean> {
    const isDone = await this.attempt(async () => {
      await this.tier.setMany(writes);
      return true;
    }, this.timeoutMs * 4);
    return isDone ?? false;
  }

  /** Rejects when the tier could not: whoever deletes must know. */
  async deleteMany(keys: readonly string[]): Promise<void> {
    await this.watch.within(this.tier.deleteMany(keys), CLEAR_TIMEOUT_MS);
  }

  /** Rejects when the tier could not: whoever clears must know. */
  async clear(prefix: string): Promise<void> {
    await this.watch.within(this.tier.clear(prefix), CLEAR_TIMEOUT_MS);
  }

  /** `unavailable`: nobody can say, so compute. */
  async tryLease(key: string, ttlMs: number): Promise<ReleaseLease | 'taken' | 'unavailable'> {
    const lease = await this.attempt(async () => (await this.tier.tryLease(key, ttlMs)) ?? 'taken');
    if (typeof lease !== 'function') return lease ?? 'unavailable';
    return async () => {
      await this.attempt(lease);
    };
  }

  async usage(): Promise<TierUsage | undefined> {
    return await this.attempt(async () => await this.tier.usage());
  }

  stats(): GuardedTierStats {
    const { name, isAvailable, hits, misses, failures, skipped } = this;
    return { name, isAvailable, hits, misses, hitRatio: hits / Math.max(1, hits + misses), failures, skipped };
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.probe);
    await this.tier.close();
  }

  private async attempt<T>(call: () => Promise<T>, timeoutMs = this.timeoutMs): Promise<T | undefined> {
    if (!this.isAvailable) {
      this.skipped += 1;
      return undefined;
    }
    try {
      const value = await this.watch.within(call(), timeoutMs);
      if (this.hasFailed) await this.report();
      return value;
    } catch (error) {
      await this.fail(error);
      return undefined;
    }
  }

  private async fail(error: unknown): Promise<void> {
    this.failures += 1;
    await this.report(error instanceof Error ? error : new Error(String(error)));
  }

  /**
   * The breaker hears of failures and of the first success after one: a call through it would cost as much as a quarter
   * of the round trip.
   */
  private async report(failure?: Error): Promise<void> {
    try {
      await this.breaker.execute(() => {
        if (failure !== undefined) throw failure;
      });
      this.hasFailed = false;
    } catch {
      // The breaker keeps the reason and hands it to onChange.
      this.hasFailed = true;
    }
  }

  private scheduleProbe(): void {
    clearTimeout(this.probe);
    this.hasFailed = false;
    this.probe = setTimeout(() => {
      // A failure opens the breaker again, which schedules the next probe.
      this.breaker
        .execute(async () => {
          await this.watch.within(this.tier.checkHealth());
        })
        .catch(() => undefined);
    }, this.pauseMs + 1);
    this.probe.unref();
  }
}
