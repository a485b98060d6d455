import { Worker } from 'node:worker_threads';

import { fromWireError, throwIfEnded, untilEnded, workerEntry, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { VectorCallName, VectorCalls, VectorReply, VectorThreadOptions } from './vector-messages';

const MAX_WAITING = 1_024;
const CLOSE_TIMEOUT_MS = 30_000;

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** Calls into the thread that owns the vectors. A lost thread fails what waits with VECTOR_INDEX_UNAVAILABLE. */
export class VectorThread {
  isAlive = true;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private readonly exited: Promise<void>;
  private nextId = 1;

  constructor(
    options: VectorThreadOptions,
    private readonly onSaveFailed: (collection: string, error: Error) => void,
  ) {
    const { filename, execArgv } = workerEntry(__dirname, 'vector.worker');
    this.worker = new Worker(filename, { execArgv, workerData: options });
    this.worker.on('message', (reply: VectorReply) => {
      this.settle(reply);
    });
    this.worker.on('error', (error) => {
      this.lose(error);
    });
    this.exited = new Promise((resolve) => {
      this.worker.on('exit', (code) => {
        this.lose(new Error(`The vector thread ended with code ${code}.`));
        resolve();
      });
    });
  }

  /** Errors: SERVER_OVERLOADED when too many calls wait, VECTOR_INDEX_UNAVAILABLE, and those of the context. */
  async call<Name extends VectorCallName>(
    name: Name,
    ask: VectorCalls[Name]['ask'],
    context: CallContext,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<VectorCalls[Name]['answer']> {
    throwIfEnded(context);
    return await untilEnded(this.send(name, ask, transfer), context);
  }

  /** Writes what is unsaved and ends the thread. */
  async close(): Promise<void> {
    const force = setTimeout(() => {
      this.lose(new Error('The vector thread did not close in time.'));
    }, CLOSE_TIMEOUT_MS);
    try {
      if (this.isAlive) await this.send('close', {}, []);
    } finally {
      clearTimeout(force);
      await this.worker.terminate();
      await this.exited;
    }
  }

  private async send<Name extends VectorCallName>(
    name: Name,
    ask: VectorCalls[Name]['ask'],
    transfer: readonly ArrayBuffer[],
  ): Promise<VectorCalls[Name]['answer']> {
    if (!this.isAlive) throw fail('VECTOR_INDEX_UNAVAILABLE');
    if (this.waiting.size >= MAX_WAITING)
      throw fail('SERVER_OVERLOADED', `More than ${MAX_WAITING} calls wait for the vector index: retry later.`);
    const id = this.nextId;
    this.nextId += 1;
    return await new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, ask }, [...transfer]);
    });
  }

  private settle(reply: VectorReply): void {
    if (reply.kind === 'save-failed') {
      this.onSaveFailed(reply.collection, fromWireError(reply.error));
      return;
    }
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.kind === 'answer') waiting?.resolve(reply.answer as never);
    else waiting?.reject(fromWireError(reply.error));
  }

  private lose(cause: Error): void {
    if (this.isAlive) void this.worker.terminate();
    this.isAlive = false;
    for (const { reject } of this.waiting.values())
      reject(fail('VECTOR_INDEX_UNAVAILABLE', 'The vector thread was lost; retry: it starts again.', {}, cause));
    this.waiting.clear();
  }
}
