import { type CallContext, throwIfEnded, untilEnded } from '@acervo/kernel';

import { assertLimits, type RateLimit, type RateLimitDecision, SharedRateLimitStorage } from '../../rate-limit-storage';

import type { LimitsAsked, LimitsDecided } from './limit-messages';

export interface ClusterRateLimitOptions {
  /** Hands a message to the primary, whose answer comes back by `settle`. */
  readonly send: (asked: LimitsAsked) => void;
}

interface Waiting {
  readonly resolve: (decision: RateLimitDecision) => void;
  readonly reject: (error: Error) => void;
}

/** Takes without an answer yet; more are refused, so that a primary that hangs costs no memory. */
const maxWaiting = 10_000;

/**
 * The log that the primary of several workers keeps for all of them: a worker asks by message, once for all that it
 * takes in one turn of its loop.
 *
 * Errors: an Error when too many takes wait for the primary, REQUEST_DEADLINE_EXCEEDED and REQUEST_CANCELLED. A call
 * given up may still spend its permits.
 */
export class ClusterRateLimitStorage extends SharedRateLimitStorage {
  private readonly asked = new Map<number, readonly Waiting[]>();
  private takes: (readonly RateLimit[])[] = [];
  private askers: Waiting[] = [];
  private waiting = 0;
  private lastId = 0;

  constructor(private readonly options: ClusterRateLimitOptions) {
    super();
  }

  override async take(limits: readonly RateLimit[], context: CallContext): Promise<RateLimitDecision> {
    assertLimits(limits);
    throwIfEnded(context);
    if (this.waiting >= maxWaiting) throw new Error(`${maxWaiting} takes wait for the primary.`);
    return await untilEnded(this.ask(limits), context);
  }

  /** To be called with what the primary answers. */
  settle({ id, decisions }: LimitsDecided): void {
    const askers = this.forget(id);
    for (const [nth, { resolve, reject }] of askers.entries()) {
      const decision = decisions[nth];
      if (decision === undefined) reject(new Error('The primary answered fewer takes than it was asked.'));
      else resolve(decision);
    }
  }

  override async checkHealth(context: CallContext): Promise<void> {
    await this.take([], context);
  }

  /** What waits is not going to be answered. */
  override recover(): void {
    for (const id of [...this.asked.keys()])
      for (const { reject } of this.forget(id)) reject(new Error('The primary did not answer.'));
  }

  override async close(): Promise<void> {
    this.recover();
    await Promise.resolve();
  }

  private async ask(limits: readonly RateLimit[]): Promise<RateLimitDecision> {
    return await new Promise<RateLimitDecision>((resolve, reject) => {
      if (this.takes.length === 0) {
        setImmediate(() => {
          this.flush();
        });
      }
      this.takes.push(limits);
      this.askers.push({ resolve, reject });
      this.waiting += 1;
    });
  }

  private flush(): void {
    const { takes, askers } = this;
    this.takes = [];
    this.askers = [];
    this.lastId += 1;
    this.asked.set(this.lastId, askers);
    this.options.send({ kind: 'limits', id: this.lastId, takes });
  }

  private forget(id: number): readonly Waiting[] {
    const askers = this.asked.get(id) ?? [];
    if (this.asked.delete(id)) this.waiting -= askers.length;
    return askers;
  }
}
