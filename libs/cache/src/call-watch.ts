/** One call under a time limit. */
export interface WatchedCall {
  readonly deadlineMs: number;
  readonly limitMs: number;
  /**
   * Undefined once the call is over: an object that survives a few collections lives until the next full one, and what
   * it leads to, here the answer and the 64 KiB of the socket it lies in, as long. It doubled the CPU of a hit.
   */
  onLate: ((error: Error) => void) | undefined;
}

/**
 * Time limits for many short calls with one timer, a tenth of the usual limit apart: arming and clearing one for each
 * call took longer than the rest of a hit in Redis. A call may take that tenth longer.
 *
 * Timers run before arrived replies are read: when the event loop itself was late, an answer gets one more turn to be
 * seen, so that a busy process does not take its own slowness for a dead server.
 */
export class CallWatch {
  /** Those that are over leave with the next look. */
  private pending: WatchedCall[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly usualLimitMs: number) {}

  /** @param onLate told once, after about `limitMs`, unless `end` came first */
  begin(onLate: (error: Error) => void, limitMs = this.usualLimitMs): WatchedCall {
    const call: WatchedCall = { deadlineMs: performance.now() + limitMs, limitMs, onLate };
    this.pending.push(call);
    this.timer ??= setTimeout(this.look, this.usualLimitMs / 10).unref();
    return call;
  }

  /** Whether the call ended in time. */
  end(call: WatchedCall): boolean {
    if (call.onLate === undefined) return false;
    call.onLate = undefined;
    return true;
  }

  /** The outcome of `work`, or a rejection after about `limitMs`. */
  async within<T>(work: Promise<T>, limitMs = this.usualLimitMs): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const call = this.begin(reject, limitMs);
      work.then(
        (value) => {
          this.end(call);
          resolve(value);
        },
        (error: unknown) => {
          this.end(call);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- handed on as it came
          reject(error);
        },
      );
    });
  }

  private readonly look = (): void => {
    const now = performance.now();
    const open = this.pending.filter(({ onLate }) => onLate !== undefined);
    const late = open.filter(({ deadlineMs }) => deadlineMs <= now);
    this.pending = late.length === 0 ? open : open.filter(({ deadlineMs }) => deadlineMs > now);
    if (late.length > 0) {
      setImmediate(() => {
        for (const call of late) {
          const { onLate, limitMs } = call;
          if (this.end(call)) onLate?.(new Error(`No answer within ${limitMs} ms.`));
        }
      });
    }
    this.timer = this.pending.length === 0 ? undefined : setTimeout(this.look, this.usualLimitMs / 10).unref();
  };
}
