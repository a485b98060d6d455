/**
 * Two ranked lists into one.
 *
 * `score = cosine + weight · BM25 / Σ idf`. The second part lies in 0..weight, so scores compare between queries and
 * stay put under filters and paging. Both parts of every candidate must be known: a caller computes what a list did not
 * hold. Order: score, then the smaller key.
 */
import type { ChunkKey, ScoredKey } from '@acervo/store';

/** One candidate. Flat, for a search makes two hundred of them and shows five. */
export interface FusedHit {
  readonly key: ChunkKey;
  readonly score: number;
  /** NaN when the vectors were not asked about it. */
  readonly cosine: number;
  /** From 1; 0 when the list of the vectors did not hold it. */
  readonly vectorRank: number;
  /** BM25; NaN when the words were not asked about it. */
  readonly bm25: number;
  /** From 1; 0 when the list of the words did not hold it. */
  readonly lexicalRank: number;
}

type Candidate = { -readonly [Field in keyof FusedHit]: FusedHit[Field] };

/** The union of both lists, which grows into the fused one when the scores are there that a list did not hold. */
export class Union {
  private readonly candidates = new Map<ChunkKey, Candidate>();

  /** Both best first. */
  constructor(vector: readonly ScoredKey[], lexical: readonly ScoredKey[]) {
    let rank = 0;
    for (const { key, score } of vector) {
      rank += 1;
      this.candidates.set(key, { key, score: 0, cosine: score, vectorRank: rank, bm25: NaN, lexicalRank: 0 });
    }
    rank = 0;
    for (const { key, score } of lexical) {
      rank += 1;
      const found = this.candidates.get(key);
      if (found === undefined) {
        this.candidates.set(key, { key, score: 0, cosine: NaN, vectorRank: 0, bm25: score, lexicalRank: rank });
      } else {
        found.bm25 = score;
        found.lexicalRank = rank;
      }
    }
  }

  /** Keys that only the other side found. */
  keysWithout(side: 'cosine' | 'bm25'): ChunkKey[] {
    const keys: ChunkKey[] = [];
    for (const candidate of this.candidates.values()) if (Number.isNaN(candidate[side])) keys.push(candidate.key);
    return keys;
  }

  /** `scores` in the order of `keys`; what is NaN or absent there counts as `unknown`. */
  complete(side: 'cosine' | 'bm25', keys: readonly ChunkKey[], scores: ArrayLike<number>, unknown: number): void {
    keys.forEach((key, nth) => {
      const candidate = this.candidates.get(key);
      const score = scores[nth] ?? NaN;
      if (candidate !== undefined) candidate[side] = Number.isNaN(score) ? unknown : score;
    });
  }

  /** Best first. Cost: O(n log n) in the number of candidates. */
  fuse(idfSum: number, weight: number): FusedHit[] {
    const hits = [...this.candidates.values()];
    for (const hit of hits) hit.score = hit.cosine + weight * normalised(hit.bm25, idfSum);
    return hits.sort(byScore);
  }

  /** Reciprocal rank fusion, for stores that give ranks but no scores. Cormack, Clarke, Büttcher 2009; k = 60. */
  fuseByRank(k = 60): FusedHit[] {
    const hits = [...this.candidates.values()];
    for (const hit of hits) hit.score = reciprocal(hit.vectorRank, k) + reciprocal(hit.lexicalRank, k);
    return hits.sort(byScore);
  }
}

/** The list of one side alone, as a fused one. */
export function onlyVector(hits: readonly ScoredKey[]): FusedHit[] {
  return hits
    .map(({ key, score }, index) => ({ key, score, cosine: score, vectorRank: index + 1, bm25: NaN, lexicalRank: 0 }))
    .sort(byScore);
}

/** Score: BM25 / Σ idf, 0..1. */
export function onlyLexical(hits: readonly ScoredKey[], idfSum: number): FusedHit[] {
  return hits
    .map(({ key, score: bm25 }, index) => ({
      key,
      score: normalised(bm25, idfSum),
      cosine: NaN,
      vectorRank: 0,
      bm25,
      lexicalRank: index + 1,
    }))
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

function reciprocal(rank: number, k: number): number {
  return rank === 0 ? 0 : 1 / (k + rank);
}

function normalised(bm25: number, idfSum: number): number {
  return idfSum > 0 ? bm25 / idfSum : 0;
}

function byScore(a: FusedHit, b: FusedHit): number {
  return b.score - a.score || a.key - b.key;
}
