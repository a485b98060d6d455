/**
 * Raw scores of each mode on one scale: the estimated probability that a passage answers the question.
 *
 * A logistic curve a mode, fitted on the judged sets (tools: test/quality/fit-calibration). It is strictly
 * increasing, so it never changes an order, and fixed, so a `min_score` means the same tomorrow. Cosines of other
 * embedding models lie elsewhere: their curve assumes the spread of theirs.
 */
import type { SearchMode } from './search.schema';

interface Curve {
  /** Raw score of probability one half. */
  readonly centre: number;
  readonly slope: number;
}

const curves: Readonly<Record<SearchMode, Curve>> = {
  hybrid: { centre: 0.9, slope: 40 },
  semantic: { centre: 0.87, slope: 40 },
  lexical: { centre: 0.45, slope: 6 },
};

export function calibrate(raw: number, mode: SearchMode): number {
  const { centre, slope } = curves[mode];
  return 1 / (1 + Math.exp(-slope * (raw - centre)));
}
