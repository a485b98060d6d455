import { countTokens } from './count-tokens';

describe('countTokens', () => {
  it('counts what gpt-4 reads', () => {
    expect(countTokens('')).toBe(0);
    expect(countTokens('hello world')).toBe(2);
  });

  it('takes control tokens in a document for text', () => {
    expect(countTokens('<|endoftext|>')).toBeGreaterThan(1);
  });

  it('counts long prose at most two percent too high', () => {
    const sentence = 'O servidor de busca lê os documentos. ';
    const exact = countTokens(sentence.repeat(10)) * 100;
    expect(countTokens(sentence.repeat(1_000)) / exact).toBeGreaterThanOrEqual(0.98);
    expect(countTokens(sentence.repeat(1_000)) / exact).toBeLessThanOrEqual(1.02);
  });

  it.each(['a', ' ', '😀'])('needs no square of the time for 200,000 times %j', (character) => {
    const startMs = performance.now();
    expect(countTokens(character.repeat(200_000))).toBeGreaterThan(100);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});
