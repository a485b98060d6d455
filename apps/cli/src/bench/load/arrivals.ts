import { seededRandom } from '@acervo/kernel';

import type { Arrivals } from './load-order';

/**
 * Moments at which requests are due, without end, in milliseconds since the start.
 *
 * `poisson`: independent clients, so gaps are exponential and now and then many come at once, as on a real server.
 * `even`: one every 1/rate seconds; shows less queueing than there will be.
 */
export function* dueTimes(perSecond: number, arrivals: Arrivals, seed: number): Generator<number, never> {
  const random = seededRandom(seed);
  const meanGapMs = 1_000 / perSecond;
  for (let nth = 0, due = 0; ; nth += 1) {
    due = arrivals === 'even' ? nth * meanGapMs : due - Math.log(1 - random()) * meanGapMs;
    yield due;
  }
}

/** Draws 0…count−1 with probability proportional to 1/(rank + 1)^exponent. Cost: O(log count) a draw. */
export function zipfDraw(count: number, exponent: number, random: () => number): () => number {
  const cumulative = new Float64Array(count);
  let total = 0;
  for (let rank = 0; rank < count; rank += 1) cumulative[rank] = total += (rank + 1) ** -exponent;
  return () => {
    const target = random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulative[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
