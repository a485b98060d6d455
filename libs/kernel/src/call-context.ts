/**
 * One call context travels from the socket to the model: it says until when the answer is wanted and
 * whether anyone still wants it. Every port takes one; every await below a port ends when it ends.
 */
import { DomainError } from './domain-error';

export interface CallContext {
  /** Aborted when the client left, the deadline passed or the server stops. */
  readonly signal: AbortSignal;
  /** On the clock of `performance.now()`, in ms. */
  readonly deadlineMs: number;
  /** For whom it is, where turns are taken. Undefined: nobody in particular. */
  readonly client?: string | undefined;
}

/** A context that ends after `timeoutMs`, or earlier when `parent` aborts. `timeoutMs` in 0..2^31-1. */
export function callContext(timeoutMs: number, parent?: AbortSignal): CallContext {
  const timeout = AbortSignal.timeout(timeoutMs);
  return {
    signal: parent === undefined ? timeout : AbortSignal.any([parent, timeout]),
    deadlineMs: performance.now() + timeoutMs,
  };
}

/** A call whose end is told: nothing of it is then held until its deadline. */
export interface Call {
  readonly context: CallContext;
  /** The caller left: REQUEST_CANCELLED. */
  readonly cancel: () => void;
  /** The work is done: timer and listener go, the signal stays as it is. */
  readonly end: () => void;
}

/** What `callContext` gives, for the hot path: one controller and one timer, both given back by `end`. */
export function startCall(timeoutMs: number, parent?: AbortSignal): Call {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The deadline of this call passed.', 'TimeoutError'));
  }, timeoutMs);
  timer.unref();
  const onParentAbort = (): void => {
    controller.abort(parent?.reason);
  };
  if (parent?.aborted === true) onParentAbort();
  else parent?.addEventListener('abort', onParentAbort, { once: true });
  return {
    context: { signal: controller.signal, deadlineMs: performance.now() + timeoutMs },
    cancel: () => {
      controller.abort();
    },
    end: () => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', onParentAbort);
    },
  };
}

/** Runs `work` under a deadline of its own and rejects as soon as that passes or `parent` ends. */
export async function withTimeout<T>(
  timeoutMs: number,
  parent: CallContext,
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  const { context, end } = startCall(timeoutMs, parent.signal);
  try {
    return await untilEnded(work(context), context);
  } finally {
    end();
  }
}

/** Milliseconds left, never negative. */
export function remainingMs(context: CallContext): number {
  return Math.max(0, context.deadlineMs - performance.now());
}

/**
 * The error that says why `context` ended: REQUEST_DEADLINE_EXCEEDED, REQUEST_CANCELLED, or the DomainError that was
 * given as the reason of the abort.
 */
export function endedError(context: CallContext): DomainError {
  // Timers may fire up to a millisecond early: the signal's own reason is asked as well as the clock.
  const reason: unknown = context.signal.reason;
  if (reason instanceof DomainError) return reason;
  const isTimeout = reason instanceof DOMException && reason.name === 'TimeoutError';
  return isTimeout || remainingMs(context) === 0
    ? new DomainError('REQUEST_DEADLINE_EXCEEDED', 'The deadline of this request passed.')
    : new DomainError('REQUEST_CANCELLED', 'The caller no longer waits for this request.');
}

export function throwIfEnded(context: CallContext): void {
  // On a busy event loop the clock may be past the deadline before the timer could fire.
  if (context.signal.aborted || remainingMs(context) === 0) throw endedError(context);
}

/** Rejects as soon as the context ends; the work itself is told through its own signal. */
export async function untilEnded<T>(work: Promise<T>, context: CallContext): Promise<T> {
  if (context.signal.aborted) {
    // Nobody else hears how it ends: a rejection without a listener would end the process.
    work.catch(() => undefined);
    throw endedError(context);
  }
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(endedError(context));
    };
    context.signal.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => {
        context.signal.removeEventListener('abort', onAbort);
        resolve(value);
      },
      (error: unknown) => {
        context.signal.removeEventListener('abort', onAbort);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- handed on as it came
        reject(error);
      },
    );
  });
}
