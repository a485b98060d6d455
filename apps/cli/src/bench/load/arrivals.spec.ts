import { seededRandom } from '@acervo/kernel';

import { dueTimes, zipfDraw } from './arrivals';

function gaps(arrivals: 'poisson' | 'even', count: number): number[] {
  const times = dueTimes(100, arrivals, 11);
  const due = Array.from({ length: count + 1 }, () => times.next().value);
  return due.slice(1).map((ms, nth) => ms - (due[nth] ?? 0));
}

describe('arrivals', () => {
  it('are as many a second as was said, and independent of each other', () => {
    const drawn = gaps('poisson', 50_000);
    const mean = drawn.reduce((sum, gap) => sum + gap, 0) / drawn.length;
    const variance = drawn.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / drawn.length;

    expect(mean).toBeGreaterThan(9.8);
    expect(mean).toBeLessThan(10.2);
    // Of an exponential distribution mean and deviation are equal.
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  });

  it('are evenly spaced when asked for', () => {
    for (const gap of gaps('even', 100)) expect(gap).toBeCloseTo(10, 6);
  });
});

describe('a Zipf draw', () => {
  it('draws the first as often as the exponent says', () => {
    const draw = zipfDraw(100, 1, seededRandom(4));
    const counts = new Array<number>(100).fill(0);
    for (let nth = 0; nth < 100_000; nth += 1) {
      const rank = draw();
      counts[rank] = (counts[rank] ?? 0) + 1;
    }

    const harmonic = Array.from({ length: 100 }, (_, rank) => 1 / (rank + 1)).reduce((a, b) => a + b);
    expect((counts[0] ?? 0) / 100_000).toBeCloseTo(1 / harmonic, 2);
    expect((counts[9] ?? 0) / 100_000).toBeCloseTo(0.1 / harmonic, 2);
    expect(counts.every((count) => count > 0)).toBe(true);
  });

  it('draws all alike with exponent 0', () => {
    const draw = zipfDraw(4, 0, seededRandom(4));
    const counts = [0, 0, 0, 0];
    for (let nth = 0; nth < 40_000; nth += 1) {
      const drawn = draw();
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const count of counts) expect(count / 40_000).toBeCloseTo(0.25, 1);
  });
});
