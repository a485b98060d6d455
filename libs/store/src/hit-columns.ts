import type { ScoredKey } from './model';

/** Hits as they go between threads: two arrays of numbers are copied ten times faster than a hundred objects. */
export interface HitColumns {
  readonly keys: Uint32Array;
  readonly scores: Float64Array;
}

export function toColumns(hits: readonly ScoredKey[]): HitColumns {
  return {
    keys: Uint32Array.from(hits, ({ key }) => key),
    scores: Float64Array.from(hits, ({ score }) => score),
  };
}

export function fromColumns({ keys, scores }: HitColumns): ScoredKey[] {
  return Array.from(keys, (key, nth) => ({ key, score: scores[nth] ?? NaN }));
}
