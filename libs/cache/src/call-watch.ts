interface Watched {
  readonly deadlineMs: number;
  readonly limitMs: number;
  readonly reject: (reason: Error) => void;
}

/**
 * Time limits for many short calls with one timer, a tenth of the usual limit apart: arming and clearing one for each
 * call took longer than the rest of a hit in Redis. A call may take that tenth longer.
 *
 * Timers run before arrived replies are read: when the event loop itself was late, an answer gets one more turn to be
 * seen, so that a busy process does not take its own slowness for a dead server.
 */
export class CallWatch {
  private readonly pending = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly usualLimitMs: number) {}

  /** The outcome of `work`, or a rejection after about `limitMs`. */
  async within<T>(work: Promise<T>, limitMs = this.usualLimitMs): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const call: Watched = { deadlineMs: performance.now() + limitMs, limitMs, reject };
      this.pending.add(call);
      this.timer ??= setTimeout(this.look, this.usualLimitMs / 10).unref();
      work.then(
        (value) => {
          this.pending.delete(call);
          resolve(value);
        },
        (error: unknown) => {
          this.pending.delete(call);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- handed on as it came
          reject(error);
        },
      );
    });
  }

  private readonly look = (): void => {
    const now = performance.now();
    const late = [...this.pending].filter(({ deadlineMs }) => deadlineMs <= now);
    if (late.length > 0) {
      setImmediate(() => {
        for (const { reject, limitMs } of late) reject(new Error(`No answer within ${limitMs} ms.`));
      });
    }
    for (const call of late) this.pending.delete(call);
    this.timer = this.pending.size === 0 ? undefined : setTimeout(this.look, this.usualLimitMs / 10).unref();
  };
}
