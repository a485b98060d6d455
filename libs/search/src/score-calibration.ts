/**
 * Raw scores of every mode on one scale: the estimated probability that a passage answers the question.
 *
 * One logistic curve a kind of score, fitted once on the ten best of each question of the twelve judged sets, each set
 * weighing the same (bench/fit-calibration.ts). A curve is increasing in the raw score, so it
 * never changes the order of one question's results, and it is fixed, so a `min_score` means the same tomorrow.
 * The cosines are those of the bundled model: other models spread theirs otherwise, and their scores are comparable
 * among themselves only.
 */
import type { QueryPlan } from './query-plan';
import type { SearchMode } from './search.schema';

/** `ranks`: reciprocal rank fusion, which knows no relevance: its share of the best possible sum is shown. */
export type ScoreKind = SearchMode | 'ranks';

type ScalePlan = Pick<QueryPlan, 'isSameLanguage' | 'lengthFactor' | 'lexicalWeight'>;

const bestRankSum = 2 / 61;

/** 0..1, four decimals. */
export function calibrate(raw: number, kind: ScoreKind, plan: ScalePlan): number {
  return Math.round(1e4 * probability(raw, kind, plan)) / 1e4;
}

function probability(raw: number, kind: ScoreKind, plan: ScalePlan): number {
  switch (kind) {
    case 'hybrid':
      return plan.isSameLanguage
        ? logistic(10.12 * raw - 0.42 * plan.lexicalWeight - 11.1)
        : logistic(43.19 * raw - 39.53);
    case 'semantic':
      return logistic(54.24 * raw - 48.6);
    case 'lexical':
      return logistic(2.67 * raw * plan.lengthFactor - 2.93);
    case 'ranks':
      return Math.min(1, raw / bestRankSum);
  }
}

function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
