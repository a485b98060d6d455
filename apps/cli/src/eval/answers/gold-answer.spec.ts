import { answerRecall, holdsAnswer } from './gold-answer';

describe('a known answer', () => {
  it.each([
    ['São criados em CAMPO GRANDE, no sul.', ['campo grande'], true],
    ['O campus fica em campo-grande', ['Campo Grande'], true],
    ['campos grandes', ['campo grande'], false],
    ['sem nada', ['', '…'], false],
    ['em 1962, com a criação', ['1970', 'Em 1962'], true],
    ['no ano de 19620', ['1962'], false],
  ])('in %j: %j is %s', (text, golds, expected) => {
    expect(holdsAnswer(text, golds)).toBe(expected);
  });

  it('is recalled by its words, in any form and order', () => {
    expect(
      answerRecall('A erosão coincide com a densidade populacional mais alta', ['alta densidade populacional']),
    ).toBe(1);
    expect(answerRecall('Nothing of the kind', ['alta densidade populacional'])).toBe(0);
    expect(answerRecall('uma densidade', ['alta densidade', 'alta densidade populacional da costa'])).toBe(0.5);
  });
});
