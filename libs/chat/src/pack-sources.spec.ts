import type { SearchResult } from '@acervo/search';

import { packSources, promptOrder } from './pack-sources';

const words = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;
const result = (id: string, document: string, start: number, text: string): SearchResult => ({
  ...{ rank: 1, score: 0.5, id, document_id: document, title: document, text, source: `${document}.md` },
  ...{ doc_type: 'markdown', language: 'pt' as const, date: null, headings: [], metadata: {} },
  position: { start, end: start + text.length },
});

describe('the sources of a prompt', () => {
  it('join neighbours once, at the place of the better one', () => {
    const text = 'zero um dois tres quatro cinco';
    const packed = packSources(
      [
        result('b', 'd', 5, text.slice(5, 20)),
        result('x', 'e', 0, 'outro'),
        result('a', 'd', 0, text.slice(0, 12)),
        result('c', 'd', 20, text.slice(20)),
      ],
      100,
      words,
    );
    expect(packed.map(({ text: said, chunkId, index }) => [said, chunkId, index])).toEqual([
      [text, 'b', 1],
      ['outro', 'x', 2],
    ]);
    expect(packed[0]?.position).toEqual({ start: 0, end: text.length });
  });

  it('hold no passage twice and stay within the budget, the first one at least in part', () => {
    const long = 'um dois tres quatro cinco seis';
    expect(packSources([result('a', 'd', 0, long), result('b', 'e', 0, long)], 100, words)).toHaveLength(1);
    const [cut] = packSources([result('a', 'd', 0, long)], 3, words);
    expect(cut?.text).toBe('um dois tres');
    expect(cut?.position).toEqual({ start: 0, end: 12 });
    const some = packSources(
      [result('a', 'd', 0, 'um dois'), result('b', 'e', 0, long), result('c', 'f', 0, 'tres')],
      4,
      words,
    );
    expect(some.map(({ text }) => text)).toEqual(['um dois', 'tres']);
  });

  it('put the best first and last', () => {
    expect(promptOrder([1, 2, 3, 4, 5])).toEqual([1, 3, 5, 4, 2]);
    expect(promptOrder([])).toEqual([]);
  });
});
