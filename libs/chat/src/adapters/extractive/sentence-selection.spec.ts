import fc from 'fast-check';

import { defaultSelection, selectSentences, type Candidate } from './sentence-selection';

const candidate = (index: number, start: number, similarity: number, stems: string, score = 0.5): Candidate => ({
  source: { index, title: '', headings: [], text: '', language: 'pt', score },
  text: stems,
  ...{ start, similarity, stems: new Set(stems.split(' ')) },
});
const texts = (chosen: readonly Candidate[]): string[] => chosen.map(({ text }) => text);

describe('the sentences that answer', () => {
  it('are the nearest, in the order of their sources and of the text', () => {
    const found = [
      candidate(2, 0, 0.9, 'a b'),
      candidate(1, 50, 0.91, 'c d'),
      candidate(1, 10, 0.9, 'e f'),
      candidate(3, 0, 0.7, 'g h'),
    ];
    expect(texts(selectSentences(found, new Set()))).toEqual(['e f', 'c d', 'a b']);
  });

  it('hold the rare words of the question, from the source that was found best', () => {
    const found = [
      candidate(1, 0, 0.85, 'comum raro'),
      candidate(1, 9, 0.85, 'comum'),
      candidate(2, 0, 0.85, 'comum raro outro', 0.1),
    ];
    expect(texts(selectSentences(found, new Set(['comum', 'raro']), { ...defaultSelection, maxSentences: 1 }))).toEqual(
      ['comum raro'],
    );
    expect(selectSentences(found, new Set(['comum', 'raro'])).every(({ source }) => source.index === 1)).toBe(true);
  });

  it('say nothing twice, and are no more than wanted', () => {
    const words = fc
      .subarray(['um', 'dois', 'tres', 'quatro', 'cinco', 'seis'], { minLength: 1 })
      .map((some) => some.join(' '));
    const any = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.nat(99),
      fc.double({ min: 0.7, max: 1, noNaN: true }),
      words,
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (made) => {
        const chosen = selectSentences(
          made.map(([...of]) => candidate(...of)),
          new Set(['um']),
        );
        expect(chosen.length).toBeLessThanOrEqual(defaultSelection.maxSentences);
        expect(chosen.length > 0).toBe(made.length > 0);
        expect(new Set(texts(chosen)).size).toBe(chosen.length);
      }),
    );
  });
});
