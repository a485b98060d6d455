import type { CallContext } from '@acervo/kernel';

import type { ChunkFilter, ChunkKey, CollectionSpec, ScoredKey } from './model';

export interface VectorEntry {
  readonly key: ChunkKey;
  readonly documentId: string;
  readonly docType: string;
  readonly language: string;
  readonly source: string;
  readonly date: string | undefined;
}

export interface VectorQuery {
  /** [dimensions] float32, unit L2. */
  readonly vector: Float32Array;
  readonly limit: number;
  /** Absent: the whole collection. `keys` are ascending and exactly the chunks that `filter` admits. */
  readonly narrowing?: { readonly filter: ChunkFilter; readonly keys: Uint32Array } | undefined;
}

/**
 * Port: nearest passages by cosine. Holds nothing that cannot be rebuilt from the document store.
 * Writers upsert before the document store commits and remove after it, so a key found here may not be visible there:
 * readers drop what the document store does not know.
 */
export abstract class VectorIndex {
  /** Makes the index of a collection ready: loads it, compares it with the truth, mends or rebuilds it. */
  abstract open(collection: CollectionSpec, context: CallContext): Promise<void>;
  /** `vectors`: [entries.length × dimensions] float32, row-major, unit L2. Idempotent by key. */
  abstract upsert(
    collection: string,
    entries: readonly VectorEntry[],
    vectors: Float32Array,
    context: CallContext,
  ): Promise<void>;
  abstract remove(collection: string, keys: readonly ChunkKey[], context: CallContext): Promise<void>;
  /**
   * For each query its best chunks, best first; score is the cosine in -1..1.
   *
   * @param atLeast generation whose vectors have to be there: an index that follows another process catches up first,
   * every other one holds what is committed
   */
  abstract search(
    collection: string,
    queries: readonly VectorQuery[],
    context: CallContext,
    atLeast?: number,
  ): Promise<readonly (readonly ScoredKey[])[]>;
  /** Cosines of given chunks in the order of `keys`; NaN where the index does not hold the key. */
  abstract cosines(
    collection: string,
    vector: Float32Array,
    keys: readonly ChunkKey[],
    context: CallContext,
    atLeast?: number,
  ): Promise<Float32Array>;
  abstract drop(collection: string, context: CallContext): Promise<void>;
  abstract checkHealth(context: CallContext): Promise<void>;
  abstract close(): Promise<void>;
}

/** Errors: RangeError when there are not `dimensions` numbers for each entry. */
export function checkVectors(entries: number, dimensions: number, vectors: Float32Array): void {
  if (vectors.length !== entries * dimensions)
    throw new RangeError(`${entries} entries need ${entries * dimensions} numbers, not ${vectors.length}.`);
}
