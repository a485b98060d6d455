import fc from 'fast-check';

import { cleanCitations, CitationStream, urlsIn } from './citations';

const sources = new Set([1, 2, 3]);
const urls = urlsIn(['See https://docs.example.org/guide, and more.']);
const clean = (text: string) => cleanCitations(text, sources, urls);

describe('citations', () => {
  it.each([
    ['É assim [1].', 'É assim [1].', [1]],
    ['Both [1, 3] and [2-3].', 'Both [1][3] and [2][3].', [1, 3, 2]],
    ['Wrong [4], worse [99] and [0].', 'Wrong, worse and.', []],
    ['Mixed [1, 7].', 'Mixed [1].', [1]],
    ['Other marks 【2】 and [^3].', 'Other marks [2] and [3].', [2, 3]],
    ['An index a[10] in code', 'An index a in code', []],
  ])('%j becomes %j', (text, expected, cited) => {
    expect(clean(text)).toEqual({ text: expected, cited });
  });

  it('lead nowhere but to a source', () => {
    expect(clean('Read https://docs.example.org/guide. Then https://evil.example/x?y=1!').text).toBe(
      'Read https://docs.example.org/guide. Then!',
    );
    expect(clean('[click](https://evil.example) ![](http://evil.example/p.png?q=secret) www.evil.example').text).toBe(
      'click  ',
    );
    expect(clean('[guide](https://docs.example.org/guide)').text).toBe('guide (https://docs.example.org/guide)');
    expect(clean('<img src=x onerror=alert(1)><b>bold</b>').text).toBe('bold');
    expect(clean('[js](javascript:alert(1)) ').text).not.toContain('javascript');
  });

  it('are the same in one piece and in any pieces', () => {
    const part = fc.constantFrom(
      'texto ',
      '[1]',
      '[2, 9]',
      '[9]',
      ' [3]',
      '.',
      ', ',
      '[a](https://evil.example)',
      '[b](https://docs.example.org/guide)',
      '<a href="https://docs.example.org/guide">',
      '![](https://evil.example/?q=[1])',
      ' https://evil.example/a ',
      'http',
      'https://',
      'www.',
      'evil.example/x',
      '[',
      ']',
      '<b>',
      '\n',
      'fim',
    );
    const written = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(written, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (text, sizes) => {
        const stream = new CitationStream(sources, urls);
        let shown = '';
        for (let at = 0, nth = 0; at < text.length; nth++) {
          const size = sizes[nth % sizes.length] ?? 1;
          shown += stream.write(text.slice(at, at + size));
          at += size;
        }
        shown += stream.end();
        expect(shown).not.toMatch(/(?:\/\/|www\.)[^\s"<>)]*evil|\]\(|<[a-z]|!\[/);
        expect(shown).not.toMatch(/https?:\/\/(?!docs)/);
        expect([...shown.matchAll(/\[(\d+)\]/g)].every(([, number]) => sources.has(Number(number)))).toBe(true);
        expect(new Set(stream.cited)).toEqual(
          new Set([...shown.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number))),
        );
      }),
      { numRuns: 3_000 },
    );
  });
});
