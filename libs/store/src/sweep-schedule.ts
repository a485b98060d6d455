/**
 * What dead processes leave in a vector index that several write to: whoever writes sends vectors first and commits then,
 * so a vector without its passage is either about to be committed or was left by a process that died. Time tells them
 * apart: a commit takes minutes at most.
 */
import { callContext, type CallContext } from '@acervo/kernel';

export interface SharedWriting {
  /** Vectors without a passage are kept as long: well over the longest commit and the difference of the clocks. */
  readonly graceMs: number;
  /** Pause between two sweeps, spread at random so that replicas take turns. 0: never. */
  readonly sweepEveryMs: number;
}

const sweepTimeoutMs = 10 * 60_000;
/** Of a pause between sweeps, the part that is drawn by lot. */
const spread = 0.5;

/** Sweeps again and again, from its making to `close`. */
export class SweepSchedule {
  private readonly stop = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly everyMs: number,
    private readonly sweep: (context: CallContext) => Promise<void>,
    /** It is tried again after the next pause. */
    private readonly onFailure: (error: unknown) => void,
  ) {
    if (everyMs > 0) this.sweepLater();
  }

  close(): void {
    clearTimeout(this.timer);
    this.stop.abort();
  }

  private sweepLater(): void {
    const pauseMs = this.everyMs * (1 + spread * (Math.random() - 0.5));
    this.timer = setTimeout(() => {
      this.sweep(callContext(sweepTimeoutMs, this.stop.signal))
        .catch((error: unknown) => {
          if (!this.stop.signal.aborted) this.onFailure(error);
        })
        .finally(() => {
          if (!this.stop.signal.aborted) this.sweepLater();
        });
    }, pauseMs);
    this.timer.unref();
  }
}
