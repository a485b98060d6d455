import type { Clock } from './generator';

/** setTimeout counts in whole milliseconds and comes up to two of them late. */
const timerErrorMs = 2;

/**
 * Wakes up within about 0.1 ms of the time: a timer until shortly before it, then a look at the clock in each turn of
 * the event loop. The looks cost processor time, so that what is reported as the generator's share grows with the rate.
 */
export const preciseClock: Clock = {
  now: () => performance.now(),
  at(ms, work) {
    const look = (): void => {
      const leftMs = ms - performance.now();
      if (leftMs <= 0) work();
      else if (leftMs <= timerErrorMs) setImmediate(look);
      else setTimeout(look, leftMs - timerErrorMs);
    };
    look();
  },
};
