import fc from 'fast-check';

import { calibrate, type ScoreKind } from './score-calibration';

const plan = { isSameLanguage: true, lengthFactor: 1, lexicalWeight: 0.3 };

describe('calibrate', () => {
  it('never changes an order and stays within 0..1', () => {
    const score = fc.double({ min: -1, max: 3, noNaN: true });
    const kind = fc.constantFrom<ScoreKind>('hybrid', 'semantic', 'lexical');
    fc.assert(
      fc.property(score, score, kind, fc.boolean(), (one, other, mode, isSameLanguage) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)].map((raw) =>
          calibrate(raw, mode, { ...plan, isSameLanguage }),
        );
        expect(0 <= (low ?? -1) && (low ?? 2) <= (high ?? -1) && (high ?? 2) <= 1).toBe(true);
      }),
    );
  });

  it('gives a clear hit a high and a chance hit a low score in every mode', () => {
    expect(calibrate(0.92 + 0.3 * 0.7, 'hybrid', plan)).toBeGreaterThan(0.5);
    expect(calibrate(0.92, 'semantic', plan)).toBeGreaterThan(0.7);
    expect(calibrate(0.8, 'lexical', { ...plan, lengthFactor: 2 })).toBeGreaterThan(0.7);
    expect(calibrate(0.79, 'hybrid', plan)).toBeLessThan(0.1);
    expect(calibrate(0.79, 'semantic', plan)).toBeLessThan(0.1);
    expect(calibrate(0.05, 'lexical', plan)).toBeLessThan(0.1);
  });
});
