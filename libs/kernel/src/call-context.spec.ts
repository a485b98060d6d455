import { callContext, endedError } from './call-context';

describe('endedError', () => {
  it('tells a deadline from a caller that left, even when the timer fired before the clock reached the deadline', () => {
    const caller = new AbortController();
    caller.abort();
    expect(endedError(callContext(10_000, caller.signal)).code).toBe('REQUEST_CANCELLED');
    const signal = AbortSignal.abort(new DOMException('The operation timed out.', 'TimeoutError'));
    expect(endedError({ signal, deadlineMs: performance.now() + 1_000 }).code).toBe('REQUEST_DEADLINE_EXCEEDED');
  });
});
