/**
 * Ranking metrics over one query's ranked document ids, as trec_eval and BEIR define them.
 * `judged` maps document id → relevance (> 0 is relevant). All are in 0..1.
 */
export type Judgements = ReadonlyMap<string, number>;

/** nDCG@k with gain 2^rel − 1 would favour graded sets; BEIR and trec_eval use linear gain, so does this. */
export function ndcgAt(k: number, ranked: readonly string[], judged: Judgements): number {
  const gains = ranked.slice(0, k).map((id) => Math.max(0, judged.get(id) ?? 0));
  const ideal = [...judged.values()].filter((relevance) => relevance > 0).sort((a, b) => b - a);
  const best = discounted(ideal.slice(0, k));
  return best === 0 ? 0 : discounted(gains) / best;
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0);
}

export function recallAt(k: number, ranked: readonly string[], judged: Judgements): number {
  const relevant = [...judged].filter(([, relevance]) => relevance > 0);
  const top = new Set(ranked.slice(0, k));
  return relevant.length === 0 ? 0 : relevant.filter(([id]) => top.has(id)).length / relevant.length;
}

/** 1 / rank of the first relevant document among the first k. */
export function reciprocalRankAt(k: number, ranked: readonly string[], judged: Judgements): number {
  const index = ranked.slice(0, k).findIndex((id) => (judged.get(id) ?? 0) > 0);
  return index < 0 ? 0 : 1 / (index + 1);
}

/** Nearest-rank percentile of values in any order; `p` in 0..100; NaN when there are none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? NaN;
}
