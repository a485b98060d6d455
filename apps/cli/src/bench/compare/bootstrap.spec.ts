import { seededRandom } from '@acervo/kernel';

import { alternation, pairedRatio } from './bootstrap';

describe('a ratio of rounds that belong together', () => {
  it('does not see what disturbs both, and lies in an interval around the truth', () => {
    const random = seededRandom(8);
    const disturbance = Array.from({ length: 40 }, () => 1 + 4 * random());
    const beside = disturbance.map((times) => 10 * times);
    const of = disturbance.map((times) => 15 * times * (0.95 + 0.1 * random()));

    const { ratio, low, high } = pairedRatio(of, beside);
    expect(ratio).toBeCloseTo(1.5, 1);
    expect(low).toBeLessThan(1.5);
    expect(high).toBeGreaterThan(1.5);
    expect(high - low).toBeLessThan(0.05);
  });

  it('holds the truth about 95 times of 100', () => {
    const random = seededRandom(2);
    let held = 0;
    for (let trial = 0; trial < 100; trial += 1) {
      const of = Array.from({ length: 16 }, () => Math.exp(0.4 * (random() + random() + random() - 1.5)));
      const { low, high } = pairedRatio(
        of,
        of.map(() => 1),
        trial,
      );
      if (low <= 1 && high >= 1) held += 1;
    }
    expect(held / 100).toBeGreaterThan(0.85);
    expect(held / 100).toBeLessThan(1);
  });

  it('leaves rounds without a figure out', () => {
    expect(pairedRatio([2, NaN, 2], [1, 1, 1])).toEqual({ ratio: 2, low: 2, high: 2 });
    expect(pairedRatio([], []).ratio).toBeNaN();
  });
});

describe('alternation', () => {
  it('gives each server each place equally often', () => {
    expect([...alternation(2, 4)]).toEqual([
      [0, 1],
      [1, 0],
      [1, 0],
      [0, 1],
    ]);
  });
});
