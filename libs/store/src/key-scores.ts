import type { ChunkKey } from './model';

/** Scores by key in two columns, which go between threads ten times faster than objects. */
export interface KeyScores {
  /** Ascending. */
  readonly keys: Uint32Array;
  readonly scores: Float64Array;
}

/** The score of one key, by bisection; 0 where it is absent. */
export function scoreOf({ keys, scores }: KeyScores, key: ChunkKey): number {
  let low = 0;
  let high = keys.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = keys[middle] ?? 0;
    if (found === key) return scores[middle] ?? 0;
    if (found < key) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}
