import fc from 'fast-check';

import { chunkText } from './chunker';
import type { StructuredText } from './parsed-document';
import { parseMarkdown } from './parsers/markdown';

const lines = fc.array(
  fc.oneof(
    fc.constantFrom('# Um', '## Two', '### Três', '', '', '```', '| a | b |', '|---|---|', '- item', '> quote', '   '),
    fc.string({ unit: 'grapheme', maxLength: 120 }),
    fc.lorem({ mode: 'sentences', maxCount: 4 }),
    fc.constantFrom('x'.repeat(300), '👩🏽‍🚀'.repeat(60), '漢字'.repeat(90)),
  ),
  { maxLength: 40 },
);
const documents = lines.map((parts): StructuredText =>
  parseMarkdown({ bytes: Buffer.from(parts.join('\n')), name: 'a.md' }),
);
const specs = fc.record({ size: fc.integer({ min: 20, max: 600 }), overlap: fc.integer({ min: 0, max: 300 }) });

function forAll(check: (document: StructuredText, spec: { size: number; overlap: number }) => void): void {
  fc.assert(fc.property(documents, specs, check), { numRuns: 100 });
}

describe('every chunk', () => {
  it('is exactly the text at its offsets, without white space around it, within the size', () => {
    forAll((document, spec) => {
      for (const chunk of chunkText(document, spec)) {
        expect(document.text.slice(chunk.start, chunk.end)).toBe(chunk.text);
        expect(chunk.text.trim()).toBe(chunk.text);
        expect(chunk.text.length).toBeGreaterThan(0);
        expect(chunk.text.length).toBeLessThanOrEqual(spec.size);
      }
    });
  });

  it('splits no surrogate pair', () => {
    forAll((document, spec) => {
      for (const { text } of chunkText(document, spec)) expect(text).not.toMatch(/\p{Surrogate}/u);
    });
  });

  it('begins and ends after the one before', () => {
    forAll((document, spec) => {
      const chunks = chunkText(document, spec);
      for (const [index, { start, end }] of chunks.slice(1).entries()) {
        const before = chunks[index];
        expect(start).toBeGreaterThan(before?.start ?? Infinity);
        expect(end).toBeGreaterThan(before?.end ?? Infinity);
        expect((before?.end ?? 0) - start).toBeLessThanOrEqual(spec.overlap);
      }
    });
  });
});

describe('all chunks together', () => {
  it('hold every character outside the headings that stand in their paths', () => {
    forAll((document, spec) => {
      const covered = new Uint8Array(document.text.length);
      const chunks = chunkText(document, spec);
      for (const { start, end } of chunks) covered.fill(1, start, end);
      const paths = new Set(chunks.flatMap(({ headings }) => headings));
      for (const block of document.blocks) {
        if (block.type === 'heading' && paths.has(block.label.slice(0, 200))) covered.fill(1, block.start, block.end);
      }
      expect(missing(document.text, covered)).toBe('');
    });
  });
});

function missing(text: string, covered: Uint8Array): string {
  let missed = '';
  for (let at = 0; at < text.length; at++) if (covered[at] === 0) missed += text.charAt(at);
  return missed.trim();
}
