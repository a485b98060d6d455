/** A thread that owns one session of the model: onnxruntime runs on the thread that calls it and would block the loop. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

import { InferenceSession, Tensor } from 'onnxruntime-node';

import { toWireError, type WireError } from '@acervo/kernel';

import { verifyModelFile } from './model-files';
import { RunGuard } from './run-guard';
import type { TokenBatch } from './token-batch';

export interface ModelWorkerData {
  readonly directory: string;
  /** Memory of the `RunGuard` that both sides share. */
  readonly guard: SharedArrayBuffer;
}

export type ModelWorkerRequest = { readonly kind: 'run'; readonly batch: TokenBatch } | { readonly kind: 'close' };

export type ModelWorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'vectors'; readonly vectors: Float32Array }
  | { readonly kind: 'failed'; readonly error: WireError };

/** Under the priority of the event loop, which answers health checks and hits of the cache in between. */
const modelNiceness = 5;

/** Linux alone has priorities of threads; elsewhere they are the process's. */
function giveWayToEventLoop(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), modelNiceness);
  } catch {
    // No /proc here: the thread then competes like any other.
  }
}

async function openSession({ directory }: ModelWorkerData): Promise<InferenceSession> {
  return await InferenceSession.create(await verifyModelFile(directory, 'model.onnx'), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    // Failures come back as errors; the runtime need not write them to stderr as well.
    logSeverityLevel: 4,
    // A waiting thread that spins doubles the CPU time on busy cores.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  });
}

async function run(session: InferenceSession, { ids, lengths, columns }: TokenBatch): Promise<Float32Array> {
  const shape = [lengths.length, columns];
  const tokens = BigInt64Array.from(ids, BigInt);
  const mask = new BigInt64Array(ids.length);
  lengths.forEach((length, row) => mask.fill(1n, row * columns, row * columns + length));
  const output = await session.run(
    { input_ids: new Tensor('int64', tokens, shape), attention_mask: new Tensor('int64', mask, shape) },
    ['sentence_embedding'],
  );
  const vectors = output['sentence_embedding']?.data;
  if (!(vectors instanceof Float32Array)) throw new Error('The model gave no output named sentence_embedding.');
  return vectors.slice();
}

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  giveWayToEventLoop();
  const data = workerData as ModelWorkerData;
  const guard = new RunGuard(data.guard);
  const reply = (message: ModelWorkerReply): void => {
    port.postMessage(message, message.kind === 'vectors' ? [message.vectors.buffer as ArrayBuffer] : []);
  };
  const fail = (error: unknown): void => {
    reply({ kind: 'failed', error: toWireError(error) });
  };
  let session: InferenceSession;
  try {
    session = await openSession(data);
  } catch (error) {
    fail(error);
    return;
  }
  port.on('message', (request: ModelWorkerRequest) => {
    switch (request.kind) {
      case 'run':
        guard
          .run(async () => await run(session, request.batch))
          .then((vectors) => {
            reply({ kind: 'vectors', vectors });
          }, fail);
        break;
      case 'close':
        void session.release().finally(() => {
          port.close();
        });
        break;
    }
  });
  reply({ kind: 'ready' });
}

if (parentPort !== null) void serve(parentPort);
