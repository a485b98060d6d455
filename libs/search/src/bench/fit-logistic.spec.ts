import { fitLogistic, type Sample } from './fit-logistic';

describe('fitLogistic', () => {
  it('finds the curve that the probabilities come from', () => {
    const samples = Array.from({ length: 101 }, (_, nth) => nth / 100 - 0.5).flatMap((x): Sample[] => {
      const p = 1 / (1 + Math.exp(-(0.7 + 4 * x)));
      return [
        { features: [x, x * x], isRelevant: true, weight: p },
        { features: [x, x * x], isRelevant: false, weight: 1 - p },
      ];
    });
    const { intercept, slopes } = fitLogistic(samples);
    expect(intercept).toBeCloseTo(0.7, 5);
    expect(slopes[0]).toBeCloseTo(4, 5);
    expect(slopes[1]).toBeCloseTo(0, 5);
  });
});
