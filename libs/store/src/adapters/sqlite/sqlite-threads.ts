/**
 * Threads of one role behind a bounded queue. A task that waits can be withdrawn (its caller left, its deadline passed);
 * one that runs is left to end, for a thread must not be stopped inside SQLite. Full queue: STORE_UNAVAILABLE at once.
 */
import { Piscina } from 'piscina';
import { endedError, fromWireError, throwIfEnded, untilEnded, workerEntry, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { SqliteReply, SqliteTask, SqliteThreadOptions } from './sqlite.worker';

export class SqliteThreads {
  private readonly pool: Piscina<SqliteTask, SqliteReply>;
  private readonly waiting = new Set<() => void>();
  private running = 0;
  private isClosed = false;

  constructor(
    options: SqliteThreadOptions,
    private readonly threads: number,
    private readonly maxWaiting: number,
  ) {
    this.pool = new Piscina<SqliteTask, SqliteReply>({
      ...workerEntry(__dirname, 'sqlite.worker'),
      minThreads: threads,
      maxThreads: threads,
      workerData: options,
    });
  }

  async run(method: string, args: readonly unknown[], context: CallContext): Promise<unknown> {
    await this.takeTurn(context);
    const reply = this.pool.run({ method, args }).finally(() => {
      this.passTurn();
    });
    const settled = await untilEnded(reply, context);
    if ('error' in settled) throw fromWireError(settled.error);
    return settled.value;
  }

  /** Waits for what runs; refuses what waits and what comes. */
  async close(context: CallContext): Promise<void> {
    if (this.isClosed) return;
    const closing = Array.from({ length: this.threads }, () => this.pool.run({ method: 'close', args: [] }));
    this.isClosed = true;
    for (const resume of this.waiting) resume();
    this.waiting.clear();
    try {
      await untilEnded(Promise.all(closing), context);
    } finally {
      await this.pool.destroy();
    }
  }

  private async takeTurn(context: CallContext): Promise<void> {
    throwIfEnded(context);
    this.throwIfClosed();
    if (this.running < this.threads) {
      this.running += 1;
      return;
    }
    if (this.waiting.size >= this.maxWaiting) {
      throw fail('STORE_UNAVAILABLE', `${this.maxWaiting} operations wait for the database already. Try again soon.`);
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.waiting.delete(resume);
        reject(endedError(context));
      };
      const resume = (): void => {
        context.signal.removeEventListener('abort', onAbort);
        resolve();
      };
      this.waiting.add(resume);
      context.signal.addEventListener('abort', onAbort, { once: true });
    });
    this.throwIfClosed();
  }

  /** The turn goes to who waited longest: `running` stays as it is. */
  private passTurn(): void {
    for (const resume of this.waiting) {
      this.waiting.delete(resume);
      resume();
      return;
    }
    this.running -= 1;
  }

  private throwIfClosed(): void {
    if (this.isClosed) throw fail('STORE_UNAVAILABLE', 'The store is closed: the server stops.');
  }
}
