import type { ChunkKey, ChunkRecord, CollectionSpec, DocumentRecord } from '../src/model';
import type { VectorEntry } from '../src/vector-index';
import type { VectorSource } from '../src/vector-source';

export const dimensions = 32;

export function vectorSpec(name: string, embeddingModel = 'sample/1'): CollectionSpec {
  return { name, embeddingModel, dimensions, chunking: { size: 500, overlap: 50, version: 1 } };
}

/** What a document store would know of vectors: visible keys of each collection with their embeddings. */
export class VectorTruth implements VectorSource {
  /** @param id of the store that this stands for */
  constructor(private readonly id = 'sample') {}

  private readonly visible = new Map<string, Map<ChunkKey, { entry: VectorEntry; vector: Float32Array }>>();

  commit(collection: string, entries: readonly VectorEntry[], vectors: Float32Array): void {
    const width = vectors.length / entries.length;
    entries.forEach((entry, nth) => {
      this.of(collection).set(entry.key, { entry, vector: vectors.slice(nth * width, (nth + 1) * width) });
    });
  }

  hide(collection: string, keys: readonly ChunkKey[]): void {
    for (const key of keys) this.of(collection).delete(key);
  }

  async storeId(): Promise<string> {
    return Promise.resolve(this.id);
  }

  async listKeys(collection: string): Promise<Uint32Array> {
    return Promise.resolve(Uint32Array.from(this.of(collection).keys()).sort());
  }

  async fetchEmbeddings(collection: string, keys: ArrayLike<ChunkKey>): Promise<Float32Array> {
    const rows = Array.from(keys, (key) => this.of(collection).get(key)?.vector);
    const width = rows.find((row) => row !== undefined)?.length ?? dimensions;
    return Promise.resolve(Float32Array.from(rows.flatMap((row) => [...(row ?? new Float32Array(width).fill(NaN))])));
  }

  async fetchChunks(collection: string, keys: readonly ChunkKey[]): Promise<readonly ChunkRecord[]> {
    const found = keys.flatMap((key) => this.of(collection).get(key)?.entry ?? []);
    return Promise.resolve(found.map(toChunk));
  }

  private of(collection: string): Map<ChunkKey, { entry: VectorEntry; vector: Float32Array }> {
    const known = this.visible.get(collection) ?? new Map<ChunkKey, { entry: VectorEntry; vector: Float32Array }>();
    this.visible.set(collection, known);
    return known;
  }
}

function toChunk({ key, documentId, docType, language, source, date }: VectorEntry): ChunkRecord {
  const document: DocumentRecord = {
    ...{ id: documentId, title: documentId, source, docType, language: language === 'pt' ? 'pt' : 'en', date },
    ...{ metadata: {}, contentHash: '', collection: '', chunks: 1, characters: 1, createdAt: '', updatedAt: '' },
  };
  return { key, id: `${key}`, ordinal: 0, document, text: '', start: 0, end: 0, headings: [], page: undefined };
}

/** `count` entries with keys from `from` on, of two languages and three types, in three folders, one a day. */
export function sampleEntries(count: number, from = 1): VectorEntry[] {
  return Array.from({ length: count }, (_, nth) => ({
    key: from + nth,
    documentId: `document-${from + nth}`,
    docType: ['guide', 'reference', 'news'][nth % 3] ?? '',
    language: nth % 2 === 0 ? 'en' : 'pt',
    source: `folder-${nth % 3}/${nth}.md`,
    date: nth % 7 === 0 ? undefined : `2024-0${1 + (nth % 9)}-15`,
  }));
}

/** [count × width] unit vectors, the same for the same seed. */
export function sampleVectors(count: number, seed: number, width = dimensions): Float32Array {
  let state = seed;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  };
  const all = new Float32Array(count * width);
  for (let row = 0; row < count; row += 1) {
    const vector = Array.from({ length: width }, random);
    const norm = Math.hypot(...vector);
    all.set(
      vector.map((value) => value / norm),
      row * width,
    );
  }
  return all;
}

export function rowOf(vectors: Float32Array, nth: number, width = dimensions): Float32Array {
  return vectors.slice(nth * width, (nth + 1) * width);
}

export function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** The keys of the `limit` nearest rows, by an exact scan. */
export function exactKeys(
  entries: readonly VectorEntry[],
  vectors: Float32Array,
  query: Float32Array,
  limit: number,
  isAdmitted: (entry: VectorEntry) => boolean = () => true,
): ChunkKey[] {
  return entries
    .map((entry, nth) => ({ entry, score: dot(rowOf(vectors, nth, query.length), query) }))
    .filter(({ entry }) => isAdmitted(entry))
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ entry }) => entry.key);
}
