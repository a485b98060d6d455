import { agreeingRanks } from './compare-searches';

type Results = Parameters<typeof agreeingRanks>[0]['results'];

function ranked(...hits: readonly (readonly [id: string, score: number])[]): { results: Results } {
  return { results: hits.map(([id, score]) => ({ id, score })) as unknown as Results };
}

describe('Ranks that agree', () => {
  it('hold the same passage, or one that scores alike', () => {
    const a = ranked(['x', 0.9], ['y', 0.701], ['z', 0.7], ['w', 0.3]);
    expect(agreeingRanks(a, a)).toBe(4);
    expect(agreeingRanks(a, ranked(['x', 0.9], ['z', 0.7], ['y', 0.701], ['w', 0.3]))).toBe(4);
    expect(agreeingRanks(a, ranked(['w', 0.3], ['x', 0.9], ['z', 0.7]))).toBe(1);
  });

  it('are none where one side found nothing', () => {
    expect(agreeingRanks(ranked(['x', 0.9]), ranked())).toBe(0);
  });
});
