/**
 * Model threads and what they run next.
 *
 * A free thread takes work at once: nothing waits for a batch to fill. While queries come in, passages leave one thread
 * (of two or more) to them, so that a query need not wait for the end of a passage. One thread starts early and stays; a further
 * one starts when a text had to wait longer than `growAfterMs`, up to `maxThreads`, and leaves after
 * `retireAfterMs` without work, for each holds about 80 MB. A run that fails puts its texts back once, each to run
 * alone; a text that fails alone fails its request. A lost thread is replaced when there is work.
 */
import { performance } from 'node:perf_hooks';

import { fail } from '@acervo/problem';

import type { TextKind } from '../../embedder';

import type { EmbeddingQueue, WaitingText } from './embedding-queue';
import type { EmbeddingRequest } from './embedding-request';
import { localModel } from './model-files';
import type { ModelThread } from './model-thread';
import { padBatch } from './token-batch';

export interface ThreadPoolOptions {
  readonly maxThreads: number;
  /** A text that waited this long shows that one more thread would be of use. */
  readonly growAfterMs: number;
  readonly retireAfterMs: number;
  /** A thread that needs longer for one run is taken for hung and is replaced. */
  readonly runTimeoutMs: number;
  /** After a thread could not start, calls fail with its reason for this long before another attempt. */
  readonly restartAfterMs: number;
}

interface Member {
  readonly thread: ModelThread;
  state: 'starting' | 'idle' | TextKind;
  retirement?: NodeJS.Timeout;
}

/** Queries are expected to go on for this long after the last one. */
const QUERIES_EXPECTED_MS = 2_000;

export class ThreadPool {
  private readonly members = new Set<Member>();
  private readonly leaving = new Set<Promise<void>>();
  private startFailure: { readonly error: unknown; readonly atMs: number } | undefined;
  private isClosed = false;
  /** Threads that exist, lost ones included: a hung run cannot be interrupted and holds its memory. */
  private unfinished = 0;
  private lastQueryAtMs = -Infinity;
  /** Smoothed over about ten runs; starts with the figure of a modest machine. */
  private msPerToken = 0.5;

  constructor(
    private readonly queue: EmbeddingQueue,
    private readonly startThread: () => ModelThread,
    private readonly options: ThreadPoolOptions,
  ) {}

  get threads(): number {
    return this.members.size;
  }

  /** Resolves when a thread can run; starts one when there is none. Rejects with the reason when it cannot start. */
  async ready(): Promise<void> {
    this.throwIfUnusable();
    const [member = this.start()] = this.members;
    await member.thread.ready;
  }

  /** Errors: EMBEDDING_OVERLOADED, EMBEDDING_MODEL_DAMAGED, SERVER_NOT_READY (closed). */
  submit(texts: readonly WaitingText[], kind: TextKind): void {
    this.throwIfUnusable();
    const drainMs = (this.queue.waitingTokens * this.msPerToken) / Math.max(1, this.members.size);
    this.queue.add(texts, kind, drainMs / 1000);
    if (kind === 'query') this.lastQueryAtMs = performance.now();
    this.pump();
  }

  withdraw(request: EmbeddingRequest): void {
    this.queue.withdraw(request);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.failWaiting(closedError());
    for (const member of this.members) this.dismiss(member);
    await Promise.all(this.leaving);
  }

  private throwIfUnusable(): void {
    if (this.isClosed) throw closedError();
    if (this.members.size === 0 && this.isFullOfHungThreads()) {
      throw hungError();
    }
    if (this.startFailure === undefined) return;
    const isRecent = performance.now() - this.startFailure.atMs < this.options.restartAfterMs;
    if (isRecent && this.members.size === 0) throw this.startFailure.error;
  }

  private pump(): void {
    if (this.isClosed) return;
    const idle = [...this.members].filter(({ state }) => state === 'idle');
    idle.forEach((member, nth) => {
      const texts = this.queue.take(idle.length - nth, this.mayTakePassages());
      if (texts[0] !== undefined) void this.run(member, texts[0], texts);
    });
    if (this.queue.waitingTexts > 0 && this.isBehind()) this.start();
    if (this.members.size === 0 && this.isFullOfHungThreads()) this.failWaiting(hungError());
  }

  private mayTakePassages(): boolean {
    if (this.members.size === 1 || performance.now() - this.lastQueryAtMs > QUERIES_EXPECTED_MS) return true;
    return [...this.members].filter(({ state }) => state === 'passage').length < this.members.size - 1;
  }

  private isFullOfHungThreads(): boolean {
    return this.unfinished - this.members.size >= this.options.maxThreads + 1;
  }

  private isBehind(): boolean {
    if (this.isFullOfHungThreads()) return false;
    const members = [...this.members];
    if (members.length >= this.options.maxThreads || members.some(({ state }) => state === 'starting')) return false;
    const waitedMs = performance.now() - (this.queue.oldestSinceMs ?? Infinity);
    return members.length === 0 || waitedMs >= this.options.growAfterMs;
  }

  private start(): Member {
    const member: Member = { thread: this.startThread(), state: 'starting' };
    this.members.add(member);
    this.unfinished++;
    member.thread.ready.then(
      () => {
        this.startFailure = undefined;
        this.rest(member);
      },
      (error: unknown) => {
        this.startFailure = { error, atMs: performance.now() };
        this.dismiss(member);
        if (this.members.size === 0) this.failWaiting(error);
      },
    );
    void member.thread.exited.then(() => {
      this.unfinished--;
      this.dismiss(member);
      this.pump();
    });
    return member;
  }

  private rest(member: Member): void {
    if (!this.members.has(member)) return;
    member.state = 'idle';
    member.retirement = setTimeout(() => {
      if (this.members.size > 1) this.dismiss(member);
    }, this.options.retireAfterMs).unref();
    this.pump();
  }

  private async run(member: Member, head: WaitingText, texts: readonly WaitingText[]): Promise<void> {
    member.state = head.kind;
    clearTimeout(member.retirement);
    try {
      const batch = padBatch(
        texts.map(({ ids }) => ids),
        localModel.padId,
      );
      const startMs = performance.now();
      const vectors = await member.thread.run(batch, this.options.runTimeoutMs);
      this.msPerToken += ((performance.now() - startMs) / batch.ids.length - this.msPerToken) / 10;
      const { dimensions } = localModel;
      texts.forEach(({ request, index }, row) => {
        request.deliver(index, vectors.subarray(row * dimensions, (row + 1) * dimensions));
      });
    } catch (error) {
      this.retryOrFail(head, texts, error);
    }
    if (member.thread.isAlive) {
      this.rest(member);
    } else {
      this.dismiss(member);
      this.pump();
    }
  }

  private retryOrFail(head: WaitingText, texts: readonly WaitingText[], error: unknown): void {
    if (head.isRetry || this.isClosed) {
      for (const { request } of texts) {
        request.fail(error);
        this.queue.withdraw(request);
      }
    } else {
      this.queue.retry(texts, head.kind);
    }
  }

  private failWaiting(error: unknown): void {
    for (const { request } of this.queue.drain()) request.fail(error);
  }

  private dismiss(member: Member): void {
    if (!this.members.delete(member)) return;
    clearTimeout(member.retirement);
    const left = member.thread.close().finally(() => this.leaving.delete(left));
    this.leaving.add(left);
  }
}

function closedError(): Error {
  return fail('SERVER_NOT_READY', 'The embedder is closed: the server stops.');
}

function hungError(): Error {
  return fail('EMBEDDING_FAILED', 'The model threads hang and cannot be replaced any more; restart the server.');
}
