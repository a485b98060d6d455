import fc from 'fast-check';

import { keywordsOf, maxSubQuestions, planByRules } from './plan-by-rules';

const words = (
  'como configurar Docker Redis o a de e ou vs entre diferença compare com qual quando busca cache memória what is the ' +
  'difference between and or search how does it work 503 why, é? ver. ; x versus to'
).split(' ');
const question = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 5 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((some) => some.join(' ').trim())
  .filter((text) => text !== '');
const letters = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

describe('the rules of the planner', () => {
  it('give few, different sub-questions, the whole one last, for whatever is asked', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const plan = planByRules(asked);
        const said = plan.map((part) => part.question);
        expect(plan.length).toBeGreaterThanOrEqual(1);
        expect(plan.length).toBeLessThanOrEqual(maxSubQuestions + 1);
        expect(new Set(said).size).toBe(said.length);
        expect(said.at(-1)).toBe(asked.replace(/\s+/gu, ' ').trim());
        expect(plan.slice(0, -1).every((part) => !part.isReserve)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('add no word that was not asked, beside those of a definition', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const known = new Set([...letters(asked), ...letters('O que é What is'), ...letters(keywordsOf(asked))]);
        for (const part of planByRules(asked))
          for (const word of [...letters(part.question), ...letters(part.query)]) expect(known).toContain(word);
      }),
      { numRuns: 1_000 },
    );
  });

  it('take time in proportion to the question', () => {
    const long = 'como configurar o Docker, o Redis e o nginx, e qual a diferença entre busca e cache? '
      .repeat(24)
      .slice(0, 2_000);
    const started = performance.now();
    planByRules(long);
    planByRules('a '.repeat(1_000));
    planByRules(`${'e '.repeat(500)}${'x vs '.repeat(200)}`);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
