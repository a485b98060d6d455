import fc from 'fast-check';

import { analyseDocument, analyseQuery } from './analyser';
import { fold } from './fold';
import { tokenise } from './tokenise';

const latin = fc.string({
  unit: fc.constantFrom(...Array.from('aZéÇõÁ09 _-./’\'"(){}+#:;,\n'), 'docker', 'ação', 'v1', 'ﬁ', '½', 'e\u0301'),
  maxLength: 60,
});

describe('tokens of any text', () => {
  it('are folded letters and digits at places inside the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        for (const { surface, start, end } of tokenise(text)) {
          expect(surface).toMatch(/^[\p{L}\p{N}]+$/u);
          expect(fold(surface)).toBe(surface);
          expect(0 <= start && start < end && end <= text.length).toBe(true);
        }
      }),
    );
  });

  it('are the same in a question as in the document', () => {
    fc.assert(
      fc.property(latin, (text) => {
        const inDocument = new Set(analyseDocument(text, 'pt').surface.split(' '));
        for (const { surface } of analyseQuery(text, ['pt'])) expect(inDocument).toContain(surface);
      }),
    );
  });

  it('have a stem in the stemmed column for each language of the question', () => {
    fc.assert(
      fc.property(latin, fc.constantFrom('pt' as const, 'en' as const), (text, language) => {
        const inDocument = new Set(analyseDocument(text, language).stemmed.split(' '));
        for (const { stems } of analyseQuery(text, ['pt', 'en'])) {
          expect(stems.some((stem) => inDocument.has(stem))).toBe(true);
        }
      }),
    );
  });
});
