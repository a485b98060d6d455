/**
 * Limits that hold, more strictly, while the shared storage is away: neither all requests nor none pass then. Each
 * replica admits its share, `floor(limit / replicas)` and at least 1, by a log of its own.
 *
 * A call that fails or takes too long is decided by that log. After `breakerFailures` in a row the shared storage is
 * left alone, at no cost to requests: a probe in the background finds out when it is back. The logs do not know of each
 * other, so a window across a change may see what both admit. A request that weighs more than the share is refused
 * until the shared storage is back.
 */
import { type CallContext, startCall, throwIfEnded, untilEnded } from '@acervo/kernel';

import {
  type RateLimit,
  type RateLimitDecision,
  RateLimitStorage,
  type SharedRateLimitStorage,
} from './rate-limit-storage';

export interface DegradingOptions {
  /** Processes that share the limits: replicas, times the workers of each. */
  readonly replicas: number;
  /** Of silence of the shared storage while a call waits for it. Default 50. */
  readonly timeoutMs?: number;
  /** Failures in a row. Default 3. */
  readonly breakerFailures?: number;
  /** Between two probes. Default 1,000. */
  readonly probePauseMs?: number;
  /** Told about each change for the worse and the better, for the log and the metric. */
  readonly onChange?: (isDegraded: boolean, reason: unknown) => void;
}

/** Of a time limit; each is waited for after the one before. */
const SLICES = 5;
/** In a queue that moves. */
const MOST_LIMITS = 5;

/** Owns both storages: `close` closes them. */
export class DegradingRateLimitStorage extends RateLimitStorage {
  private readonly timeoutMs: number;
  private readonly breakerFailures: number;
  private failures = 0;
  private answers = 0;
  private probe: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly shared: SharedRateLimitStorage,
    private readonly local: RateLimitStorage,
    private readonly options: DegradingOptions,
  ) {
    super();
    this.timeoutMs = options.timeoutMs ?? 50;
    this.breakerFailures = options.breakerFailures ?? 3;
  }

  /** Requests are decided here now, not by the shared storage. */
  override get isDegraded(): boolean {
    return this.probe !== undefined;
  }

  override async take(limits: readonly RateLimit[], context: CallContext): Promise<RateLimitDecision> {
    if (!this.isDegraded) {
      try {
        const decision = await this.untilQuiet(this.askShared(limits, context));
        this.answers += 1;
        this.failures = 0;
        return decision;
      } catch (error) {
        // A request that ended, or is not valid, says nothing about the storage.
        throwIfEnded(context);
        if (error instanceof RangeError) throw error;
        this.fail(error);
      }
    }
    const shares = limits.map((limit) => this.shareOf(limit));
    const { isAllowed, perLimit } = await this.local.take(shares, context);
    const degraded = perLimit.map((state, nth) => ({ ...state, degradedLimit: shares[nth]?.limit ?? 1 }));
    return { isAllowed, perLimit: degraded };
  }

  override async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.probe);
    await Promise.all([this.shared.close(), this.local.close()]);
  }

  private async askShared(limits: readonly RateLimit[], context: CallContext): Promise<RateLimitDecision> {
    return await untilEnded(Promise.resolve(this.shared.take(limits, context)), context);
  }

  /**
   * Rejects when the storage has been silent for the time limit. Only what this process was free to listen counts: it is
   * waited for in slices, and a slice that ends late because the event loop was busy counts as one. While others get
   * their answers it is not silent but has a queue, which a call may wait in for some times the limit. Otherwise load
   * would pass for a storage that is away.
   */
  private async untilQuiet<T>(work: Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      let seen = this.answers;
      let silent = 0;
      let waited = 0;
      let timer: NodeJS.Timeout | undefined;
      const wait = (): void => {
        timer = setTimeout(() => {
          waited += 1;
          silent = seen === this.answers ? silent + 1 : 0;
          seen = this.answers;
          if (silent < SLICES && waited < SLICES * MOST_LIMITS) wait();
          else reject(new Error(`No answer within ${this.timeoutMs} ms.`));
        }, this.timeoutMs / SLICES);
      };
      wait();
      work.then(resolve, reject).finally(() => {
        clearTimeout(timer);
      });
    });
  }

  private shareOf(limit: RateLimit): RateLimit {
    return { ...limit, limit: Math.max(1, Math.floor(limit.limit / this.options.replicas)) };
  }

  private fail(reason: unknown): void {
    this.failures += 1;
    if (this.failures < this.breakerFailures || this.isDegraded || this.isClosed) return;
    this.shared.recover();
    this.scheduleProbe();
    this.options.onChange?.(true, reason);
  }

  private scheduleProbe(): void {
    this.probe = setTimeout(() => {
      void this.runProbe();
    }, this.options.probePauseMs ?? 1_000);
    this.probe.unref();
  }

  private async runProbe(): Promise<void> {
    const { context, end } = startCall(this.timeoutMs);
    try {
      await untilEnded(this.shared.checkHealth(context), context);
    } catch {
      // Still away; the reason was told when it went.
      if (this.isClosed) return;
      this.shared.recover();
      this.scheduleProbe();
      return;
    } finally {
      end();
    }
    if (this.isClosed) return;
    this.probe = undefined;
    this.failures = 0;
    this.options.onChange?.(false, undefined);
  }
}
