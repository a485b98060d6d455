import { Worker } from 'node:worker_threads';

import { fromWireError, workerEntry } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { ModelWorkerData, ModelWorkerReply, ModelWorkerRequest } from './model.worker';
import type { TokenBatch } from './token-batch';

/** One session of the model behind a thread; runs one batch at a time. */
export interface ModelThread {
  /** Resolves when the model is loaded; rejects with the reason when it cannot be. */
  readonly ready: Promise<void>;
  /** Resolves when the thread is gone, for whatever reason. */
  readonly exited: Promise<void>;
  /** [rows × dimensions] float32, unit L2. A run that fails or takes longer than `timeoutMs` rejects with EMBEDDING_FAILED. */
  run(batch: TokenBatch, timeoutMs: number): Promise<Float32Array>;
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2_000;

/** Starts a thread that checks and loads the model of `directory`: about 250 ms, 80 MB. */
export function startModelThread(directory: string): ModelThread {
  const { filename, execArgv } = workerEntry(__dirname, 'model.worker');
  const worker = new Worker(filename, { execArgv, workerData: { directory } satisfies ModelWorkerData });
  let settle: PromiseWithResolvers | undefined;
  let isExited = false;
  const send = (request: ModelWorkerRequest): void => {
    worker.postMessage(request);
  };
  const expectReply = async (): Promise<Float32Array | undefined> => {
    return await new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
  };
  const finish = (apply: (waiting: PromiseWithResolvers) => void): void => {
    const waiting = settle;
    settle = undefined;
    if (waiting !== undefined) apply(waiting);
  };

  const ready = expectReply().then(() => undefined);
  ready.catch(() => worker.terminate());
  worker.on('message', (reply: ModelWorkerReply) => {
    finish(({ resolve, reject }) => {
      if (reply.kind === 'failed') reject(fromWireError(reply.error));
      else resolve(reply.kind === 'vectors' ? reply.vectors : undefined);
    });
  });
  worker.on('error', (error) => {
    finish(({ reject }) => {
      reject(error);
    });
  });
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      isExited = true;
      finish(({ reject }) => {
        reject(new Error(`The model thread ended with code ${code}.`));
      });
      resolve();
    });
  });

  return {
    ready,
    exited,
    async run(batch, timeoutMs) {
      const reply = expectReply();
      send({ kind: 'run', batch });
      const watchdog = setTimeout(() => {
        finish(({ reject }) => {
          reject(new Error(`The model thread did not answer within ${timeoutMs} ms.`));
        });
        void worker.terminate();
      }, timeoutMs);
      try {
        const vectors = await reply;
        if (vectors === undefined) throw new Error('The model thread answered out of turn.');
        return vectors;
      } catch (error) {
        throw fail('EMBEDDING_FAILED', undefined, {}, error);
      } finally {
        clearTimeout(watchdog);
      }
    },
    async close() {
      if (isExited) return;
      send({ kind: 'close' });
      const force = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
      await exited;
      clearTimeout(force);
    },
  };
}

interface PromiseWithResolvers {
  resolve(vectors: Float32Array | undefined): void;
  reject(error: unknown): void;
}
