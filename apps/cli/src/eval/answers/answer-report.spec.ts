import { rocAuc, summariseAnswers, type AnswerOutcome } from './answer-report';

const outcome = (id: string, change: Partial<AnswerOutcome>): AnswerOutcome => ({
  ...{ id, isAnswerable: true, evidence: 0.5, isGrounded: true, answer: '', golds: [], context: '', citations: [] },
  ...change,
});

describe('the report of answers', () => {
  it('tells how well evidence separates, ties counting half', () => {
    expect(rocAuc([0.9, 0.8], [0.1, 0.2])).toBe(1);
    expect(rocAuc([0.1], [0.9])).toBe(0);
    expect(rocAuc([0.5, 0.9], [0.5])).toBe(0.75);
    expect(rocAuc([], [0.5])).toBeNull();
  });

  it('counts citations of answerable questions, and refusals of the others', () => {
    const report = summariseAnswers('set', 'extractive', 5, [
      outcome('a', { citations: [true, false], answer: 'em Campo Grande', golds: ['Campo Grande'], context: 'x' }),
      outcome('b', { citations: [true], isGrounded: false, golds: ['nada'] }),
      outcome('c', { isAnswerable: false, isGrounded: false, evidence: 0.1, citations: [false] }),
    ]);
    expect(report).toMatchObject({
      ...{ answerable: 2, unanswerable: 1, gold_in_answer: 0.5, gold_in_context: 0 },
      ...{ citation_precision: 2 / 3, grounded_when_answerable: 0.5, refused_when_unanswerable: 1, evidence_auc: 1 },
    });
  });
});
