import { throwIfEnded, type CallContext } from '@acervo/kernel';

import type { ChunkKey } from '../../model';
import type { VectorEntry } from '../../vector-index';

import type { ChromaConnection } from './chroma-connection';
import { toChromaMetadata, writtenAt } from './chroma-where';

const LIST_PAGE = 10_000;
const READ_PAGE = 1_000;
/** Upper bound of one request; the server may ask for less (5,461 on a single node). */
const MAX_BATCH = 5_000;

/** Reads and writes the records of one Chroma collection in pages; a record's id is the chunk's key. */
export class ChromaRecords {
  constructor(
    private readonly connection: ChromaConnection,
    private readonly id: string,
    private readonly writeTimeoutMs: number,
  ) {}

  /** Ascending. */
  async listKeys(context: CallContext): Promise<Uint32Array> {
    const keys: ChunkKey[] = [];
    for (;;) {
      const { ids } = await this.connection.records(this.id, context, async (records) =>
        records.get({ limit: LIST_PAGE, offset: keys.length, include: [] }),
      );
      for (const key of ids) keys.push(toKey(key));
      if (ids.length < LIST_PAGE) return Uint32Array.from(keys).sort();
    }
  }

  /** `vectors`: [entries.length × dimensions]; rows of NaN stand for chunks that disappeared and are left out. */
  async upsert(entries: readonly VectorEntry[], vectors: Float32Array, context: CallContext): Promise<void> {
    const dimensions = vectors.length / entries.length;
    const rows = entries
      .map((entry, nth) => ({ entry, vector: vectors.subarray(nth * dimensions, (nth + 1) * dimensions) }))
      .filter(({ vector }) => !Number.isNaN(vector[0]));
    if (rows.length === 0) return;
    for (const page of pages(rows, await this.batchSize(context))) {
      throwIfEnded(context);
      const request = {
        ids: page.map(({ entry }) => String(entry.key)),
        embeddings: page.map(({ vector }) => [...vector]),
        metadatas: page.map(({ entry }) => toChromaMetadata(entry, nowSeconds())),
      };
      await this.connection.records(this.id, context, async (records) => records.upsert(request), this.writeTimeoutMs);
    }
  }

  async remove(keys: readonly ChunkKey[], context: CallContext): Promise<void> {
    if (keys.length === 0) return;
    for (const page of pages(keys, await this.batchSize(context))) {
      const ids = page.map(String);
      await this.connection.records(this.id, context, async (records) => records.delete({ ids }), this.writeTimeoutMs);
    }
  }

  /** Of `keys`, those that were written before this moment, in seconds of the Unix clock, or by an older release. */
  async writtenBefore(seconds: number, keys: readonly ChunkKey[], context: CallContext): Promise<ChunkKey[]> {
    const found: ChunkKey[] = [];
    for (const page of pages(keys, LIST_PAGE)) {
      const { ids, metadatas } = await this.connection.records(this.id, context, async (records) =>
        records.get({ ids: page.map(String), include: ['metadatas'] }),
      );
      ids.forEach((key, nth) => {
        if (writtenAt(metadatas[nth] ?? undefined) < seconds) found.push(toKey(key));
      });
    }
    return found;
  }

  /** In the order of `keys`; NaN where Chroma does not hold one. */
  async cosines(vector: Float32Array, keys: readonly ChunkKey[], context: CallContext): Promise<Float32Array> {
    const byKey = new Map<ChunkKey, number>();
    for (const page of pages([...new Set(keys)], READ_PAGE)) {
      const { ids, embeddings } = await this.connection.records(this.id, context, async (records) =>
        records.get({ ids: page.map(String), include: ['embeddings'] }),
      );
      ids.forEach((found, nth) => byKey.set(toKey(found), cosine(vector, embeddings[nth] ?? [])));
    }
    return Float32Array.from(keys, (key) => byKey.get(key) ?? NaN);
  }

  private async batchSize(context: CallContext): Promise<number> {
    return Math.min(MAX_BATCH, await this.connection.maxBatchSize(context));
  }
}

export function* pages<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

export function toKey(id: string): ChunkKey {
  return Number(id);
}

function cosine(unit: Float32Array, stored: readonly number[]): number {
  let dot = 0;
  let squares = 0;
  stored.forEach((value, i) => {
    dot += value * (unit[i] ?? 0);
    squares += value * value;
  });
  return dot / Math.sqrt(squares);
}
