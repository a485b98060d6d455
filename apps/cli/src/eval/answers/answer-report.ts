import Table from 'cli-table3';

import { answerRecall, holdsAnswer } from './gold-answer';

export interface AnswerOutcome {
  readonly id: string;
  readonly isAnswerable: boolean;
  /** Score of the best passage. */
  readonly evidence: number;
  readonly isGrounded: boolean;
  readonly answer: string;
  readonly golds: readonly string[];
  /** Texts of the passages that were found. */
  readonly context: string;
  /** Of each citation: its document is judged relevant. */
  readonly citations: readonly boolean[];
}

/** Shares are 0..1; null where nothing could be measured. */
export interface AnswerReport {
  readonly dataset: string;
  readonly model: string;
  readonly passages: number;
  readonly answerable: number;
  readonly unanswerable: number;
  /** Of the answerable questions: a known answer stands, word for word, in the passages and in the answer. */
  readonly gold_in_context: number | null;
  readonly gold_in_answer: number | null;
  /** Mean share of the content words of the best known answer. */
  readonly gold_recall_in_context: number | null;
  readonly gold_recall_in_answer: number | null;
  /** Citations of relevant documents, of all citations in answers to answerable questions. */
  readonly citation_precision: number | null;
  readonly citations_per_answer: number | null;
  readonly grounded_when_answerable: number | null;
  readonly refused_when_unanswerable: number | null;
  /** Probability that an answerable question has more evidence than an unanswerable one. */
  readonly evidence_auc: number | null;
  readonly per_question: readonly { readonly id: string; readonly evidence: number; readonly grounded: boolean }[];
}

export function summariseAnswers(
  dataset: string,
  model: string,
  passages: number,
  outcomes: readonly AnswerOutcome[],
): AnswerReport {
  const answerable = outcomes.filter(({ isAnswerable }) => isAnswerable);
  const others = outcomes.filter(({ isAnswerable }) => !isAnswerable);
  const known = answerable.filter(({ golds }) => golds.length > 0);
  const cited = answerable.flatMap(({ citations }) => citations);
  const grounded = answerable.filter(({ isGrounded }) => isGrounded);
  return {
    dataset,
    model,
    passages,
    answerable: answerable.length,
    unanswerable: others.length,
    gold_in_context: mean(known.map(({ context, golds }) => Number(holdsAnswer(context, golds)))),
    gold_in_answer: mean(known.map(({ answer, golds }) => Number(holdsAnswer(answer, golds)))),
    gold_recall_in_context: mean(known.map(({ context, golds }) => answerRecall(context, golds))),
    gold_recall_in_answer: mean(known.map(({ answer, golds }) => answerRecall(answer, golds))),
    citation_precision: mean(cited.map(Number)),
    citations_per_answer: mean(grounded.map(({ citations }) => citations.length)),
    grounded_when_answerable: mean(answerable.map(({ isGrounded }) => Number(isGrounded))),
    refused_when_unanswerable: mean(others.map(({ isGrounded }) => Number(!isGrounded))),
    evidence_auc: rocAuc(
      answerable.map(({ evidence }) => evidence),
      others.map(({ evidence }) => evidence),
    ),
    per_question: outcomes.map(({ id, evidence, isGrounded }) => ({ id, evidence, grounded: isGrounded })),
  };
}

/** Area under the receiver operating characteristic: ties count half. Null without both kinds. */
export function rocAuc(positives: readonly number[], negatives: readonly number[]): number | null {
  if (positives.length === 0 || negatives.length === 0) return null;
  let wins = 0;
  for (const positive of positives)
    for (const negative of negatives) wins += positive > negative ? 1 : positive === negative ? 0.5 : 0;
  return wins / (positives.length * negatives.length);
}

export function renderAnswerReport(report: AnswerReport): string {
  const table = new Table({ head: ['figure', report.dataset], style: { head: ['cyan'], compact: true } });
  for (const [name, value] of Object.entries(report)) {
    if (name === 'dataset' || name === 'per_question' || value === null) continue;
    table.push([
      name.replaceAll('_', ' '),
      typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(3) : String(value),
    ]);
  }
  return `${table.toString()}\n`;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
