/**
 * The lexical score. For a chunk c and the terms t of a query
 *
 *   score(c) = Σ_t idf(t) · [ (1 − β) · Σ_{stems s of t} sat(s, c) + β · sat(surface of t, c) ],  at most Σ_t idf(t)
 *   sat(x, c) = n / (n + k1 · (1 − b + b · length(c) / average length)),  n = occurrences of x in c
 *   idf(t)    = ln(1 + (N − d + ½) / (d + ½)),  d = min(N, Σ chunks that hold a stem of t)
 *
 * so `score / idfSum` lies in 0..1. This idf (Lucene's) is positive for every d; SQLite's falls to 0 from N / 2 on.
 * Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", without the constant k1 + 1.
 */
export const k1 = 1.2;
export const b = 0.75;
/**
 * β: what the exact word form is worth beside its stem. Mean nDCG@10 of this score alone on twelve judged sets (pt, en
 * and across): 0 → .6434, .1 → .6463, .2 → .6463, .3 → .6462, .4 → .6442, .5 → .6427; an idf of its own for the surface
 * form changes nothing (.6463). k1 0.9, b 0.4 → .6366; b 0.5 → .6427; k1 1.5 → .6440.
 */
export const surfaceShare = 0.2;

export function inverseDocumentFrequency(chunks: number, holding: number): number {
  const bounded = Math.min(chunks, holding);
  return Math.log(1 + (chunks - bounded + 0.5) / (bounded + 0.5));
}

/** `k1 · (1 − b + b · length / average)`: what `n` is weighed against. */
export function lengthNorm(length: number, averageLength: number): number {
  return k1 * (1 - b + (averageLength > 0 ? (b * length) / averageLength : 0));
}
