import { setImmediate } from 'node:timers/promises';

import { fail } from '@acervo/problem';

import type { TextKind } from '../../embedder';

import { EmbeddingQueue } from './embedding-queue';
import { EmbeddingRequest } from './embedding-request';
import type { ModelThread } from './model-thread';
import { ThreadPool, type ThreadPoolOptions } from './thread-pool';
import type { TokenBatch } from './token-batch';

const DIMENSIONS = 384;

/** A thread whose every step the test decides. */
class HandThread implements ModelThread {
  isAlive = true;
  /** Never exits, as a thread in an endless native run. */
  isHung = false;
  readonly runs: { batch: TokenBatch; finish: () => void; crash: () => void }[] = [];
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  load!: () => void;
  refuse!: (error: Error) => void;
  private exit!: () => void;

  constructor() {
    this.ready = new Promise((resolve, reject) => {
      this.load = resolve;
      this.refuse = reject;
    });
    this.exited = new Promise((resolve) => {
      this.exit = resolve;
    });
  }

  async run(batch: TokenBatch): Promise<Float32Array> {
    return await new Promise((resolve, reject) => {
      this.runs.push({
        batch,
        finish: () => {
          resolve(new Float32Array(batch.lengths.length * DIMENSIONS).fill(batch.columns));
        },
        crash: () => {
          this.isAlive = false;
          reject(fail('EMBEDDING_FAILED'));
        },
      });
    });
  }

  async close(): Promise<void> {
    this.isAlive = false;
    if (this.isHung) return;
    this.exit();
    await this.exited;
  }
}

function makePool(options: Partial<ThreadPoolOptions> = {}): { pool: ThreadPool; threads: HandThread[] } {
  const threads: HandThread[] = [];
  const limits = { runTokens: 16, maxTexts: 100, maxTokens: 10_000 };
  const pool = new ThreadPool(
    new EmbeddingQueue({ query: limits, passage: limits }),
    () => {
      const thread = new HandThread();
      threads.push(thread);
      return thread;
    },
    {
      maxThreads: 2,
      growAfterMs: 1_000,
      retireAfterMs: 15_000,
      runTimeoutMs: 1_000,
      restartAfterMs: 60_000,
      ...options,
    },
  );
  return { pool, threads };
}

function submit(pool: ThreadPool, ...lengths: number[]): EmbeddingRequest {
  return submitKind(pool, 'query', ...lengths);
}

function submitKind(pool: ThreadPool, kind: TextKind, ...lengths: number[]): EmbeddingRequest {
  const request = new EmbeddingRequest(lengths.length, DIMENSIONS);
  request.result.catch(() => undefined);
  pool.submit(
    lengths.map((length, index) => ({
      kind,
      ids: new Int32Array(length),
      index,
      request,
      sinceMs: performance.now(),
    })),
    kind,
  );
  return request;
}

async function startedPool(options?: Partial<ThreadPoolOptions>): Promise<{ pool: ThreadPool; threads: HandThread[] }> {
  const made = makePool(options);
  const ready = made.pool.ready();
  made.threads[0]?.load();
  await ready;
  return made;
}

describe('ThreadPool', () => {
  it('gives work to an idle thread at once', async () => {
    const { pool, threads } = await startedPool();
    const request = submit(pool, 4);
    expect(threads[0]?.runs).toHaveLength(1);
    threads[0]?.runs[0]?.finish();
    expect((await request.result)[0]).toBe(4);
    await pool.close();
  });

  it('takes work before the first thread is loaded and does it afterwards', async () => {
    const { pool, threads } = makePool();
    const request = submit(pool, 4);
    threads[0]?.load();
    await setImmediate();
    threads[0]?.runs[0]?.finish();
    await expect(request.result).resolves.toHaveLength(DIMENSIONS);
    await pool.close();
  });

  it('stays with one thread while nothing waits long', async () => {
    const { pool, threads } = await startedPool();
    submit(pool, 10);
    submit(pool, 10);
    expect(threads).toHaveLength(1);
    await pool.close();
  });

  it('starts further threads, up to the limit, when texts wait', async () => {
    const { pool, threads } = await startedPool({ growAfterMs: 0, maxThreads: 2 });
    submit(pool, 10);
    submit(pool, 10);
    expect(threads).toHaveLength(2);
    threads[1]?.load();
    await setImmediate();
    expect(threads[1]?.runs).toHaveLength(1);
    submit(pool, 10);
    submit(pool, 10);
    expect(threads).toHaveLength(2);
    await pool.close();
  });

  it('lets an extra thread go after its time without work, and keeps one', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'performance', 'nextTick'] });
    try {
      const { pool, threads } = await startedPool({ growAfterMs: 0 });
      submit(pool, 10);
      submit(pool, 10);
      threads[1]?.load();
      await setImmediate();
      for (const thread of threads) thread.runs[0]?.finish();
      await setImmediate();
      jest.advanceTimersByTime(14_999);
      expect(pool.threads).toBe(2);
      jest.advanceTimersByTime(60_000);
      expect(pool.threads).toBe(1);
      await pool.close();
    } finally {
      jest.useRealTimers();
    }
  });

  it('runs the texts of a crashed run once more, one by one, on a new thread', async () => {
    const { pool, threads } = await startedPool();
    const request = submit(pool, 4, 4);
    threads[0]?.runs[0]?.crash();
    await setImmediate();
    threads[1]?.load();
    await setImmediate();
    threads[1]?.runs[0]?.finish();
    await setImmediate();
    threads[1]?.runs[1]?.finish();
    await expect(request.result).resolves.toHaveLength(2 * DIMENSIONS);
    expect(threads[1]?.runs.map(({ batch }) => batch.lengths.length)).toEqual([1, 1]);
    await pool.close();
  });

  it('fails only the request whose text crashes a thread twice', async () => {
    const { pool, threads } = await startedPool();
    const good = submit(pool, 10);
    threads[0]?.runs[0]?.finish();
    await good.result;
    const poison = submit(pool, 4);
    threads[0]?.runs[1]?.crash();
    await setImmediate();
    const innocent = submit(pool, 5);
    threads[1]?.load();
    await setImmediate();
    threads[1]?.runs[0]?.crash();
    await setImmediate();
    threads[2]?.load();
    await setImmediate();
    threads[2]?.runs[0]?.finish();
    await expect(poison.result).rejects.toMatchObject({ code: 'EMBEDDING_FAILED' });
    expect((await innocent.result)[0]).toBe(5);
    await pool.close();
  });

  it('fails what waits when no thread can start, and later calls with the same reason', async () => {
    const { pool, threads } = makePool();
    const request = submit(pool, 4);
    threads[0]?.refuse(fail('EMBEDDING_MODEL_DAMAGED'));
    await expect(request.result).rejects.toMatchObject({ code: 'EMBEDDING_MODEL_DAMAGED' });
    await expect(pool.ready()).rejects.toMatchObject({ code: 'EMBEDDING_MODEL_DAMAGED' });
    expect(() => submit(pool, 4)).toThrow(expect.objectContaining({ code: 'EMBEDDING_MODEL_DAMAGED' }) as Error);
    expect(threads).toHaveLength(1);
    await pool.close();
  });

  it('tries to start again when the pause after a failed start is over', async () => {
    const { pool, threads } = makePool({ restartAfterMs: 0 });
    const first = pool.ready();
    threads[0]?.refuse(fail('EMBEDDING_MODEL_DAMAGED'));
    await expect(first).rejects.toThrow();
    const second = pool.ready();
    threads[1]?.load();
    await expect(second).resolves.toBeUndefined();
    await pool.close();
  });

  it('leaves one of two threads to the queries while they come in', async () => {
    const { pool, threads } = await startedPool({ growAfterMs: 0 });
    submitKind(pool, 'passage', 16, 16, 16, 16);
    threads[1]?.load();
    await setImmediate();
    expect(threads.map(({ runs }) => runs.length)).toEqual([1, 1]);
    const query = submit(pool, 4);
    threads[1]?.runs[0]?.finish();
    await setImmediate();
    threads[1]?.runs[1]?.finish();
    await query.result;
    await setImmediate();
    expect(threads.map(({ runs }) => runs.length)).toEqual([1, 2]);
    threads[0]?.runs[0]?.finish();
    await setImmediate();
    expect(threads.flatMap(({ runs }) => runs.map(({ batch }) => batch.columns))).toEqual([16, 16, 16, 4]);
    await pool.close();
  });

  it('stops replacing threads that hang, and says what to do', async () => {
    const { pool, threads } = await startedPool({ maxThreads: 1 });
    for (const thread of threads) thread.isHung = true;
    const hang = async (nth: number): Promise<void> => {
      threads[nth]?.load();
      await setImmediate();
      threads[nth]?.runs[0]?.crash();
      await setImmediate();
    };
    const request = submit(pool, 4);
    await hang(0);
    if (threads[1] !== undefined) threads[1].isHung = true;
    await hang(1);
    await expect(request.result).rejects.toMatchObject({ code: 'EMBEDDING_FAILED' });
    expect(() => submit(pool, 4)).toThrow('restart the server');
    expect(threads).toHaveLength(2);
  });

  it('does not run texts of a withdrawn request', async () => {
    const { pool, threads } = await startedPool();
    const running = submit(pool, 10);
    pool.withdraw(submit(pool, 11));
    threads[0]?.runs[0]?.finish();
    await running.result;
    await setImmediate();
    expect(threads[0]?.runs).toHaveLength(1);
    await pool.close();
  });

  it('fails what waits when it closes', async () => {
    const { pool } = await startedPool();
    submit(pool, 10);
    const waiting = submit(pool, 10);
    await pool.close();
    await expect(waiting.result).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    expect(pool.threads).toBe(0);
  });
});
