/**
 * When a worker that died is started again. One that had lived for a while is started at once; one that keeps dying
 * soon after its start waits twice as long each time, with some chance so that not all start together, and is given up
 * in the end: something is wrong that starting cannot mend.
 */
export interface RestartOptions {
  /** Who lived this long is well. Default 30,000. */
  readonly wellAfterMs?: number;
  /** Before the second start in a row; doubled with each. Default 250. */
  readonly firstPauseMs?: number;
  /** Default 15,000. */
  readonly longestPauseMs?: number;
  /** Early deaths in a row. Default 8: about a minute. */
  readonly maxEarlyDeaths?: number;
  /** 0..1. */
  readonly random?: () => number;
}

export class RestartSchedule {
  private earlyDeaths = 0;

  constructor(private readonly options: RestartOptions = {}) {}

  /** How long to wait before the next start. Undefined: it is not worth trying again. */
  pauseAfter(livedMs: number): number | undefined {
    const { wellAfterMs = 30_000, firstPauseMs = 250, longestPauseMs = 15_000, maxEarlyDeaths = 8 } = this.options;
    if (livedMs >= wellAfterMs) {
      this.earlyDeaths = 0;
      return 0;
    }
    this.earlyDeaths += 1;
    if (this.earlyDeaths >= maxEarlyDeaths) return undefined;
    if (this.earlyDeaths === 1) return 0;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (this.earlyDeaths - 2));
    return pauseMs * (0.5 + (this.options.random ?? Math.random)() / 2);
  }
}
