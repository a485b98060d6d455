import { Index, MetricKind, ScalarKind, type IndexConfig } from 'usearch';

import { toFloats } from './row-arena';

/**
 * Connectivity 16 and 128 while adding: measured on 100,000 × 384 (see bench/vector.bench.ts). Eight bits a number halve
 * the memory against 16-bit floats and cost no recall, for every candidate is scored again from its exact row.
 */
const config: Omit<IndexConfig, 'dimensions'> = {
  metric: MetricKind.Cos,
  quantization: ScalarKind.I8,
  connectivity: 16,
  expansion_add: 128,
  expansion_search: 64,
  multi: false,
};

/** Written into snapshots: a graph that another version or configuration wrote is built again. */
export const graphFormat = `usearch-2.25 ${Object.values(config).join('/')}`;

/**
 * An approximate map of a row table: finds slots whose rows are probably near. Never the truth: whoever asks scores
 * what it finds. Removed slots may be added again; recall holds under churn (measured: four times half of the rows).
 */
export class NeighbourGraph {
  private readonly index: Index;

  constructor(private readonly dimensions: number) {
    this.index = new Index({ ...config, dimensions });
  }

  get size(): number {
    return this.index.size();
  }

  /** `rows`: as the arena holds them. Cost: about 0.4 ms a row at 100,000 rows. */
  add(slots: readonly number[], rows: readonly Int16Array[]): void {
    const vectors = new Float32Array(slots.length * this.dimensions);
    rows.forEach((row, nth) => {
      vectors.set(toFloats(row), nth * this.dimensions);
    });
    this.index.add(BigUint64Array.from(slots, BigInt), vectors, 1);
  }

  remove(slot: number): void {
    this.index.remove(BigInt(slot));
  }

  /** About the `limit` nearest slots, in no order that counts. */
  search(vector: Float32Array, limit: number): Uint32Array {
    return Uint32Array.from(this.index.search(vector, Math.min(limit, this.index.size()), 1).keys, Number);
  }

  save(path: string): void {
    this.index.save(path);
  }

  /** Only for files whose checksum is right: the engine trusts what it reads. */
  load(path: string): void {
    this.index.load(path);
  }
}
