import type { PackedSource } from './pack-sources';
import { claimsOf, isSupported } from './support';

const source = (index: number, text: string, language: 'pt' | 'en' = 'pt'): PackedSource => ({
  ...{ index, text, language, title: 'Docker', headings: ['Portas'], score: 0.5 },
  ...{ chunkId: `c${index}`, documentId: `d${index}`, origin: 'docs/x.md', position: { start: 0, end: text.length } },
});

describe('the claims of an answer', () => {
  it('are its sentences with their marks, at their places', () => {
    const answer = 'A porta é 8000 [1]. Mude com PORT. [2] [3]\n- um item sem ponto [1]\nVersão 2.0 serve.';
    const claims = claimsOf(answer);
    expect(claims.map(({ text, cited }) => [text, cited])).toEqual([
      ['A porta é 8000.', [1]],
      ['Mude com PORT.', [2, 3]],
      ['- um item sem ponto', [1]],
      ['Versão 2.0 serve.', []],
    ]);
    for (const { start, end } of claims) expect(answer.slice(start, end).trim()).not.toBe('');
  });

  it.each([
    ['O servidor escuta na porta 8000 [1].', true],
    ['O servidor escuta na porta 9000 [1].', false],
    ['O servidor escuta na porta 8000.', false],
    ['Elefantes africanos migram durante verões chuvosos [1].', false],
    ['O servidor escuta na porta 8000 [2].', false],
    ['The server listens on port 8000 [1].', true],
    ['The server listens on port 80 or 443 [1].', false],
  ])('%j: supported is %s', (answer, expected) => {
    const sources = [
      source(1, 'O servidor escuta na porta 8000, a menos que PORT diga outra.'),
      source(2, 'Redis é opcional.'),
    ];
    expect(claimsOf(answer).map((claim) => isSupported(claim, sources))).toEqual([expected]);
  });
});
