import { pairedRandomisation } from './compare';

describe('the paired randomisation test', () => {
  it('finds no significance in differences that cancel out', () => {
    expect(pairedRandomisation([0.1, -0.1, 0.2, -0.2, 0.05, -0.05])).toBeGreaterThan(0.9);
  });

  it('approaches 2 / 2^n when all n differences agree', () => {
    expect(pairedRandomisation(Array<number>(10).fill(0.1))).toBeCloseTo(2 / 1024, 2);
  });

  it('gives the same value each time', () => {
    const differences = [0.3, -0.1, 0.2, 0, 0.1];
    expect(pairedRandomisation(differences)).toBe(pairedRandomisation(differences));
  });
});
