import * as fc from 'fast-check';

import type { Inline } from './inline';
import { parseMarkdown, type Block } from './markdown';

function textOf(parts: readonly Inline[]): string {
  return parts
    .map((part) => {
      if (part.type === 'citation') return `[${part.index}]`;
      return 'children' in part ? textOf(part.children) : part.text;
    })
    .join('');
}

function inlinesOf(blocks: readonly Block[]): Inline[] {
  const flat = (parts: readonly Inline[]): Inline[] =>
    parts.flatMap((part) => ('children' in part ? [part, ...flat(part.children)] : [part]));
  return blocks.flatMap((block) => {
    if (block.type === 'table') return block.rows.flatMap((row) => row.flatMap(flat));
    if (block.type === 'list') return block.items.flatMap(({ children }) => flat(children));
    return 'children' in block ? flat(block.children) : [];
  });
}

describe('Markdown of answers and reports', () => {
  it('has headings, lists, quotations, code and citations', () => {
    const source =
      '# Report\n\nUse **a volume** [1], see `DATA_DIR` [2, 3].\n\n- one\n  - two\n1. three\n\n> said\n\n```\na [1]\n```\n\n---';
    const blocks = parseMarkdown(source);
    expect(blocks.map(({ type }) => type)).toEqual(['heading', 'paragraph', 'list', 'quote', 'code', 'rule']);
    expect(blocks[1]).toMatchObject({
      children: [
        { text: 'Use ' },
        { type: 'strong', children: [{ text: 'a volume' }] },
        { text: ' ' },
        { type: 'citation', index: 1 },
        { text: ', see ' },
        { type: 'code', text: 'DATA_DIR' },
        { text: ' ' },
        { type: 'citation', index: 2 },
        { type: 'citation', index: 3 },
        { text: '.' },
      ],
    });
    expect(blocks[2]).toMatchObject({ items: [{ depth: 0 }, { depth: 1 }, { depth: 0, marker: '1.' }] });
    expect(blocks[4]).toMatchObject({ text: 'a [1]' });
  });

  it('has tables, and rows without a head stay the text that they are', () => {
    const source = '| a | b |\n| --- | :-: |\n| `c` [1] | d |\n\n| e | f |';
    const [table, row] = parseMarkdown(source);
    expect(table).toMatchObject({
      type: 'table',
      rows: [
        [[{ text: 'a', start: 2 }], [{ text: 'b', start: 6 }]],
        [[{ type: 'code', text: 'c', start: 27 }, { text: ' ' }, { type: 'citation', index: 1 }], [{ text: 'd' }]],
      ],
    });
    expect(row).toMatchObject({ type: 'paragraph', children: [{ text: '| e | f |' }] });
  });

  it('has no links and no markup: both stay the text that they are', () => {
    const source = 'See [here](https://evil.example) <img src=x onerror=alert(1)>';
    expect(textOf(inlinesOf(parseMarkdown(source)))).toBe(source);
  });

  it('leaves identifiers alone', () => {
    const source = 'CACHE_TTL_SECONDS and libs/cache_tier and 2*3*4 are names';
    expect(inlinesOf(parseMarkdown(source)).map(({ type }) => type)).not.toContain('emphasis');
    expect(textOf(inlinesOf(parseMarkdown('CACHE_TTL_SECONDS')))).toBe('CACHE_TTL_SECONDS');
  });

  it('shows an answer that is still being written', () => {
    expect(parseMarkdown('```\nnpm sta')).toEqual([{ type: 'code', text: 'npm sta' }]);
    expect(textOf(inlinesOf(parseMarkdown('Use **a vol')))).toBe('Use **a vol');
  });

  it('tells of every text where in the source it stands', () => {
    const piece = fc.constantFrom(
      'a',
      'B_c',
      '**',
      '*',
      '_',
      '`',
      '[1]',
      '[2,3]',
      '# ',
      '- ',
      '1. ',
      '> ',
      '| a | ',
      '|\n|-|\n',
      '\n',
      '\n\n',
      ' ',
      'ç',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const source = pieces.join('');
        for (const part of inlinesOf(parseMarkdown(source))) {
          if (part.type !== 'text' && part.type !== 'code') continue;
          if (part.text === '\n') continue;
          expect(source.slice(part.start, part.start + part.text.length)).toBe(part.text);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes time in proportion to the text', () => {
    const hostile = [
      '*'.repeat(50_000),
      '_a'.repeat(25_000),
      '['.repeat(50_000),
      '`'.repeat(50_001),
      '**a '.repeat(12_000),
    ];
    for (const source of hostile) {
      const parts = inlinesOf(parseMarkdown(`x ${source}`));
      expect(parts.length).toBeGreaterThan(0);
    }
  }, 10_000);
});
