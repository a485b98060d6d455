import type { ChunkKey } from './model';

export interface KeyDifference {
  /** In the truth, not in the index. */
  readonly missing: Uint32Array;
  /** In the index, not in the truth. */
  readonly surplus: Uint32Array;
}

/** Compares two ascending key lists in one pass. */
export function compareKeys(held: ArrayLike<ChunkKey>, truth: ArrayLike<ChunkKey>): KeyDifference {
  const missing: ChunkKey[] = [];
  const surplus: ChunkKey[] = [];
  for (let h = 0, t = 0; h < held.length || t < truth.length;) {
    const ours = held[h] ?? Infinity;
    const theirs = truth[t] ?? Infinity;
    if (ours === theirs) {
      h += 1;
      t += 1;
    } else if (ours < theirs) {
      surplus.push(ours);
      h += 1;
    } else {
      missing.push(theirs);
      t += 1;
    }
  }
  return { missing: Uint32Array.from(missing), surplus: Uint32Array.from(surplus) };
}
