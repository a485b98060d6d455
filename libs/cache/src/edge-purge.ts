/**
 * Tells an edge (a CDN, or a proxy that caches) which answers it must drop, by the surrogate keys they were sent with.
 *
 * Changes of a collection within a moment become one call. Failures are tried again, further and further apart; a
 * collection that changes while it is being told is told once more afterwards. What waits is bounded: when too many
 * collections do, one call for all of them takes their place. Nothing here makes a commit wait or fail.
 */
import { decorrelatedJitterGenerator, ExponentialBackoff, handleWhen, retry, type RetryPolicy } from 'cockatiel';

import { callContext, type CallContext } from '@acervo/kernel';

export interface EdgePurgeOptions {
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** The generation of a collection now; undefined when it is gone. */
  readonly findGeneration: (collection: string, context: CallContext) => Promise<number | undefined>;
  /** Told when a call was given up or refused; for the log. */
  readonly onFailure?: (collection: string | undefined, reason: unknown) => void;
  /** Changes of a collection within this time are told together. Default 200. */
  readonly delayMs?: number;
  /** Of one call. Default 5,000. */
  readonly timeoutMs?: number;
  /** Default 6: about half a minute. */
  readonly maxAttempts?: number;
  /** Of the first pause between attempts. Default 250. */
  readonly backoffMs?: number;
  /** Collections that wait. Default 1,000. */
  readonly maxWaiting?: number;
}

export interface EdgePurgeStats {
  readonly sent: number;
  /** Calls that were made again. */
  readonly retried: number;
  /** Given up. */
  readonly failed: number;
  readonly waiting: number;
}

/** Not the name of any collection. */
const EVERYTHING = '*';
const MAX_PARALLEL = 4;
const LONGEST_PAUSE_MS = 10_000;
/** Answers that will not be different next time. */
const isFinal = (status: number): boolean => status < 500 && status !== 408 && status !== 429;

class PurgeRefused extends Error {
  constructor(readonly status: number) {
    super(`The edge answered ${status}.`);
  }
}

export class EdgePurge {
  private readonly waiting = new Set<string>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly stop = new AbortController();
  private readonly timeoutMs: number;
  private readonly retries: RetryPolicy;
  private timer: NodeJS.Timeout | undefined;
  private sent = 0;
  private retried = 0;
  private failed = 0;

  constructor(private readonly options: EdgePurgeOptions) {
    this.timeoutMs = options.timeoutMs ?? 5_000;
    this.retries = retry(
      handleWhen((error) => !this.stop.signal.aborted && !(error instanceof PurgeRefused && isFinal(error.status))),
      {
        maxAttempts: (options.maxAttempts ?? 6) - 1,
        backoff: new ExponentialBackoff({
          generator: decorrelatedJitterGenerator,
          initialDelay: options.backoffMs ?? 250,
          maxDelay: LONGEST_PAUSE_MS,
        }),
      },
    ).dangerouslyUnref();
    this.retries.onRetry(() => (this.retried += 1));
  }

  /** Its answers are out of date. Returns at once. */
  notify(collection: string): void {
    if (this.stop.signal.aborted) return;
    if (this.waiting.size >= (this.options.maxWaiting ?? 1_000)) {
      this.waiting.clear();
      this.waiting.add(EVERYTHING);
    }
    if (!this.waiting.has(EVERYTHING)) this.waiting.add(collection);
    this.schedule();
  }

  stats(): EdgePurgeStats {
    const { sent, retried, failed, waiting, running } = this;
    return { sent, retried, failed, waiting: waiting.size + running.size };
  }

  /** What waits is told once more, without further attempts; at most twice the time of one call. */
  async close(): Promise<void> {
    if (this.stop.signal.aborted) return;
    this.stop.abort();
    clearTimeout(this.timer);
    const left = new Set([...this.waiting, ...this.running.keys()]);
    this.waiting.clear();
    const all = left.has(EVERYTHING) ? [EVERYTHING] : [...left];
    await Promise.all(
      Array.from({ length: MAX_PARALLEL }, async () => {
        for (let next = all.pop(); next !== undefined; next = all.pop()) await this.tell(next, undefined);
      }),
    );
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.begin();
    }, this.options.delayMs ?? 200);
    this.timer.unref();
  }

  private begin(): void {
    for (const collection of this.waiting) {
      if (this.running.size >= MAX_PARALLEL) return;
      // It is told again when the call under way is over.
      if (this.running.has(collection)) continue;
      this.waiting.delete(collection);
      const call = this.tell(collection, this.stop.signal).finally(() => {
        this.running.delete(collection);
        if (this.waiting.size > 0 && !this.stop.signal.aborted) this.schedule();
      });
      this.running.set(collection, call);
    }
  }

  /** Never rejects. When `stop` aborts it is over at once: `close` tells it anew. */
  private async tell(collection: string, stop: AbortSignal | undefined): Promise<void> {
    try {
      await this.retries.execute(async () => {
        await this.post(collection, callContext(this.timeoutMs, stop));
      });
      this.sent += 1;
    } catch (error) {
      if (stop?.aborted === true) return;
      this.failed += 1;
      this.options.onFailure?.(collection === EVERYTHING ? undefined : collection, error);
    }
  }

  private async post(collection: string, context: CallContext): Promise<void> {
    const isEverything = collection === EVERYTHING;
    const generation = isEverything ? undefined : await this.options.findGeneration(collection, context);
    const key = isEverything ? 'acervo' : `collection-${collection}`;
    const { url, token } = this.options;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'surrogate-key': key,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({
        collection: isEverything ? null : collection,
        generation: generation ?? null,
        surrogate_keys: [key],
      }),
      // A token must not follow a redirect to somebody else.
      redirect: 'error',
      signal: context.signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new PurgeRefused(response.status);
  }
}
