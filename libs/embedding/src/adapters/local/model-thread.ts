import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { fromWireError, workerEntry } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { ModelWorkerData, ModelWorkerReply, ModelWorkerRequest } from './model.worker';
import { RunGuard, stopAtExit } from './run-guard';
import type { TokenBatch } from './token-batch';

/** One session of the model behind a thread; runs one batch at a time. */
export interface ModelThread {
  /** Resolves when the model is loaded; rejects with the reason when it cannot be. */
  readonly ready: Promise<void>;
  /** Resolves when the thread is gone, for whatever reason. */
  readonly exited: Promise<void>;
  /** False from the first sign that the thread is lost, before `exited` tells. */
  readonly isAlive: boolean;
  /** [rows × dimensions] float32, unit L2. Errors: EMBEDDING_FAILED; a run beyond `timeoutMs` loses the thread. */
  run(batch: TokenBatch, timeoutMs: number): Promise<Float32Array>;
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2_000;

interface Awaited {
  readonly resolve: (vectors: Float32Array | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker thread with the model of `directory`, checked and loaded in about 200 ms; holds about 80 MB. */
export class WorkerModelThread implements ModelThread {
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  isAlive = true;
  private readonly worker: Worker;
  private awaited: Awaited | undefined;

  constructor(directory: string) {
    const { filename, execArgv } = workerEntry(__dirname, 'model.worker');
    const guard = new RunGuard();
    const unguard = stopAtExit(guard);
    this.worker = new Worker(filename, {
      execArgv,
      workerData: { directory, guard: guard.memory } satisfies ModelWorkerData,
      // The thread allocates little JavaScript; the default of 16 MB and more of young objects would only hold memory.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.worker.on('message', (reply: ModelWorkerReply) => {
      if (reply.kind === 'failed') this.rejectAwaited(fromWireError(reply.error));
      else this.takeAwaited()?.resolve(reply.kind === 'vectors' ? reply.vectors : undefined);
    });
    this.worker.on('error', (error) => {
      this.lose(error);
    });
    this.exited = new Promise((resolve) => {
      this.worker.on('exit', (code) => {
        unguard();
        this.lose(new Error(`The model thread ended with code ${code}.`));
        resolve();
      });
    });
    this.ready = this.awaitReply().then(() => undefined);
    this.ready.catch((error: unknown) => {
      this.lose(error);
    });
  }

  async run(batch: TokenBatch, timeoutMs: number): Promise<Float32Array> {
    const reply = this.awaitReply();
    this.send({ kind: 'run', batch });
    const watchdog = setTimeout(() => {
      this.lose(new Error(`The model thread did not answer within ${timeoutMs} ms.`));
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
  }

  /** Waits for the run in progress, but no longer than two seconds. */
  async close(): Promise<void> {
    if (this.isAlive) this.leave();
    const patience = new AbortController();
    await Promise.race([
      this.exited,
      sleep(CLOSE_TIMEOUT_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    this.worker.unref();
  }

  private send(request: ModelWorkerRequest): void {
    this.worker.postMessage(request);
  }

  private async awaitReply(): Promise<Float32Array | undefined> {
    return await new Promise((resolve, reject) => {
      this.awaited = { resolve, reject };
    });
  }

  private takeAwaited(): Awaited | undefined {
    const { awaited } = this;
    this.awaited = undefined;
    return awaited;
  }

  private rejectAwaited(error: unknown): void {
    this.takeAwaited()?.reject(error);
  }

  private lose(error: unknown): void {
    if (this.isAlive) this.leave();
    this.isAlive = false;
    this.rejectAwaited(error);
  }

  /**
   * Asks the thread to end after what it does now. `terminate()` is no way to end it: interrupted inside onnxruntime
   * its binding throws where nobody catches and aborts the process, and a native loop would not hear it anyway.
   */
  private leave(): void {
    this.send({ kind: 'close' });
  }
}
