import { getEventListeners } from 'node:events';

import { callContext, endedError, startCall, throwIfEnded, untilEnded, withTimeout } from './call-context';

describe('endedError', () => {
  it('tells a deadline from a caller that left, even when the timer fired before the clock reached the deadline', () => {
    const caller = new AbortController();
    caller.abort();
    expect(endedError(callContext(10_000, caller.signal)).code).toBe('REQUEST_CANCELLED');
    const signal = AbortSignal.abort(new DOMException('The operation timed out.', 'TimeoutError'));
    expect(endedError({ signal, deadlineMs: performance.now() + 1_000 }).code).toBe('REQUEST_DEADLINE_EXCEEDED');
  });
});

describe('throwIfEnded', () => {
  it('goes by the clock, not only by the timer', () => {
    const context = { signal: new AbortController().signal, deadlineMs: performance.now() - 1 };
    expect(() => {
      throwIfEnded(context);
    }).toThrow('The deadline of this request passed.');
  });
});

describe('startCall', () => {
  it('tells a deadline, a caller that left and a parent that ended', async () => {
    const late = startCall(1);
    await new Promise((resolve) => {
      late.context.signal.addEventListener('abort', resolve);
    });
    expect(endedError(late.context).code).toBe('REQUEST_DEADLINE_EXCEEDED');
    const left = startCall(10_000);
    left.cancel();
    expect(endedError(left.context).code).toBe('REQUEST_CANCELLED');
    expect(endedError(startCall(10_000, left.context.signal).context).code).toBe('REQUEST_CANCELLED');
  });
});

describe('withTimeout', () => {
  it('rejects at its own deadline while the work hangs, and leaves nothing on the parent', async () => {
    const parent = startCall(10_000).context;
    const hung = withTimeout(1, parent, async () => new Promise(() => undefined));
    await expect(hung).rejects.toMatchObject({ code: 'REQUEST_DEADLINE_EXCEEDED' });
    expect(getEventListeners(parent.signal, 'abort')).toHaveLength(0);
  });

  it('ends with its parent', async () => {
    const parent = startCall(10_000);
    const hung = withTimeout(10_000, parent.context, async () => new Promise(() => undefined));
    parent.cancel();
    await expect(hung).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
  });
});

describe('untilEnded', () => {
  it('hears the failure of work that it does not wait for, which would end the process otherwise', async () => {
    const unheard: unknown[] = [];
    const listener = (reason: unknown): number => unheard.push(reason);
    process.on('unhandledRejection', listener);
    const left = startCall(10_000);
    left.cancel();
    const failing = Promise.reject(new Error('too late for anybody'));
    await expect(untilEnded(failing, left.context)).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect(unheard).toEqual([]);
  });
});
