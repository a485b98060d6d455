import { callContext } from '@acervo/kernel';
import { fail, type ProblemCode } from '@acervo/problem';

import { untilEnginesAnswer, withRetries } from './retries';

/** Fails so many times with this code, then gives how often it was called. */
function failing(times: number, code: ProblemCode): () => Promise<number> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw fail(code);
    return Promise.resolve(calls);
  };
}

describe('untilEnginesAnswer', () => {
  it('goes on while the store or the vector index is away', async () => {
    const context = callContext(10_000);
    expect(await untilEnginesAnswer(failing(3, 'STORE_UNAVAILABLE'), context)).toBe(4);
    expect(await untilEnginesAnswer(failing(1, 'VECTOR_INDEX_UNAVAILABLE'), context)).toBe(2);
  });

  it('does not wait for what no waiting mends', async () => {
    const work = failing(1, 'DOCUMENT_UNREADABLE');
    await expect(untilEnginesAnswer(work, callContext(10_000))).rejects.toMatchObject({ code: 'DOCUMENT_UNREADABLE' });
  });

  it('ends with its context', async () => {
    const work = failing(Infinity, 'STORE_UNAVAILABLE');
    await expect(untilEnginesAnswer(work, callContext(50))).rejects.toMatchObject({
      code: 'REQUEST_DEADLINE_EXCEEDED',
    });
    const caller = new AbortController();
    const left = untilEnginesAnswer(work, callContext(10_000, caller.signal));
    caller.abort();
    await expect(left).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
  });
});

describe('withRetries', () => {
  it('tries a retryable failure again, and no other', async () => {
    expect(await withRetries(failing(1, 'SERVER_OVERLOADED'), callContext(10_000))).toBe(2);
    await expect(withRetries(failing(1, 'DOCUMENT_EMPTY'), callContext(10_000))).rejects.toMatchObject({
      code: 'DOCUMENT_EMPTY',
    });
  });
});
