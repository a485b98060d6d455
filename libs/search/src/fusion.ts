/**
 * Two ranked lists into one.
 *
 * `score = cosine + weight · BM25 / Σ idf`. The second part lies in 0..weight, so scores compare between queries and
 * stay put under filters and paging. Both parts of every candidate must be known: a caller computes what a list did not
 * hold. Order: score, then the smaller key.
 */
import type { ChunkKey, ScoredKey } from '@acervo/store';

export interface SideScore {
  /** From 1; undefined when the side's own list did not hold the candidate. */
  readonly rank: number | undefined;
  readonly score: number;
}

export interface FusedHit {
  readonly key: ChunkKey;
  readonly score: number;
  readonly vector?: SideScore;
  readonly lexical?: SideScore;
}

export interface RankedSide {
  /** Best first. */
  readonly hits: readonly ScoredKey[];
  /** Scores of candidates that the other side found, by key. */
  readonly others: ReadonlyMap<ChunkKey, number>;
}

/** Cost: O(n log n) in the number of candidates. */
export function fuse(vector: RankedSide, lexical: RankedSide, idfSum: number, weight: number): FusedHit[] {
  const vectorScores = sideScores(vector);
  const lexicalScores = sideScores(lexical);
  const hits: FusedHit[] = [];
  for (const key of new Set([...vectorScores.keys(), ...lexicalScores.keys()])) {
    const cosine = vectorScores.get(key) ?? { rank: undefined, score: 0 };
    const words = lexicalScores.get(key) ?? { rank: undefined, score: 0 };
    const score = cosine.score + weight * normalised(words.score, idfSum);
    hits.push({ key, score, vector: cosine, lexical: words });
  }
  return hits.sort(byScore);
}

/** Reciprocal rank fusion, for stores that give ranks but no scores. Cormack, Clarke, Büttcher 2009; k = 60. */
export function fuseByRank(vector: readonly ScoredKey[], lexical: readonly ScoredKey[], k = 60): FusedHit[] {
  const vectorScores = sideScores({ hits: vector, others: new Map() });
  const lexicalScores = sideScores({ hits: lexical, others: new Map() });
  return [...new Set([...vectorScores.keys(), ...lexicalScores.keys()])]
    .map((key): FusedHit => {
      const cosine = vectorScores.get(key);
      const words = lexicalScores.get(key);
      const score = [cosine, words].reduce(
        (sum, side) => sum + (side?.rank === undefined ? 0 : 1 / (k + side.rank)),
        0,
      );
      return { key, score, ...(cosine && { vector: cosine }), ...(words && { lexical: words }) };
    })
    .sort(byScore);
}

/** The list of one side alone, as a fused one. */
export function onlyVector(hits: readonly ScoredKey[]): FusedHit[] {
  return hits.map(({ key, score }, index) => ({ key, score, vector: { rank: index + 1, score } })).sort(byScore);
}

/** Score: BM25 / Σ idf, 0..1. */
export function onlyLexical(hits: readonly ScoredKey[], idfSum: number): FusedHit[] {
  return hits
    .map(({ key, score }, index) => ({ key, score: normalised(score, idfSum), lexical: { rank: index + 1, score } }))
    .sort(byScore);
}

/**
 * No candidate that neither list held can score higher than this; absent lists are complete.
 * Results above it are final (Fagin's threshold): deeper lists would not change them.
 */
export function unseenBound(
  vector: readonly ScoredKey[],
  lexical: readonly ScoredKey[],
  limit: number,
  idfSum: number,
  weight: number,
): number {
  const lastCosine = vector.length < limit ? -Infinity : (vector.at(-1)?.score ?? -Infinity);
  const lastWords = lexical.length < limit ? 0 : (lexical.at(-1)?.score ?? 0);
  return lastCosine + weight * normalised(lastWords, idfSum);
}

function sideScores({ hits, others }: RankedSide): Map<ChunkKey, SideScore> {
  const scores = new Map<ChunkKey, SideScore>();
  for (const [key, score] of others) scores.set(key, { rank: undefined, score });
  hits.forEach(({ key, score }, index) => scores.set(key, { rank: index + 1, score }));
  return scores;
}

function normalised(bm25: number, idfSum: number): number {
  return idfSum > 0 ? bm25 / idfSum : 0;
}

function byScore(a: FusedHit, b: FusedHit): number {
  return b.score - a.score || a.key - b.key;
}
