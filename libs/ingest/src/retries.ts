import { setTimeout as delay } from 'node:timers/promises';

import { DomainError, endedError, throwIfEnded, type CallContext } from '@acervo/kernel';
import { catalogue, isProblemCode, type ProblemCode } from '@acervo/problem';

const retryDelaysMs = [250, 1_000, 4_000];
/** Their absence is no fault of a document: what was accepted waits for them. */
const enginesAway: ReadonlySet<string> = new Set<ProblemCode>(['STORE_UNAVAILABLE', 'VECTOR_INDEX_UNAVAILABLE']);
const firstWaitMs = 100;
const longestWaitMs = 3_000;

/** Retryable failures of a port get three more attempts, further and further apart, while the context lasts. */
export async function withRetries<T>(work: () => Promise<T>, context: CallContext): Promise<T> {
  for (const pauseMs of retryDelaysMs) {
    throwIfEnded(context);
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || context.signal.aborted) throw error;
      await pause(pauseMs, context);
    }
  }
  return await work();
}

/** Does `work`, and again for as long as the store or the vector index is away and the context lasts. */
export async function untilEnginesAnswer<T>(work: () => Promise<T>, context: CallContext): Promise<T> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DomainError && enginesAway.has(error.code))) throw error;
      await pause(waitMs, context);
    }
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof DomainError && isProblemCode(error.code) && catalogue[error.code].retryable === true;
}

async function pause(ms: number, context: CallContext): Promise<void> {
  await delay(ms, undefined, { signal: context.signal }).catch(() => {
    throw endedError(context);
  });
}
