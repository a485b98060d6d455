/** Runs that everybody with the same question reads. Bounded by the streams that read them. */
import type { EventRun } from './event-run';

/** A run can still be joined this long after its end, by who looked for a kept one before it was kept. */
const lookUpMs = 1_000;

export class SharedRuns<E> {
  private readonly runs = new Map<string, EventRun<E>>();

  /** The run of `key` that goes on or has just ended well, or a new one. */
  join(key: string, begin: () => EventRun<E>): EventRun<E> {
    const known = this.runs.get(key);
    if (known?.hasFailed === false) return known;
    const run = begin();
    this.runs.set(key, run);
    const forget = (): void => {
      if (this.runs.get(key) === run) this.runs.delete(key);
    };
    void run.ended.then(() => {
      if (run.hasFailed) forget();
      else setTimeout(forget, lookUpMs).unref();
    });
    return run;
  }
}
