import type { ChunkRecord, DocumentRecord } from '../../model';
import { toChunk, toDocument, toVector, type ChunkRow } from '../relational/document-row';
import type { Connection } from './connection';
import type { StoredDocumentRow } from './document-table';

type StoredChunkRow = ChunkRow & { readonly key: number; readonly document: number };

/** Reads chunks and embeddings; `collection` is the row id of the collection. */
export class ChunkTable {
  private readonly statements;

  constructor(connection: Connection) {
    this.statements = {
      selectChunk: connection.prepare<[number, number], StoredChunkRow>(
        `SELECT key, document, ordinal, start, "end", page, headings, text FROM chunks
         WHERE key = ? AND collection = ?`,
      ),
      selectDocument: connection.prepare<[number], StoredDocumentRow>('SELECT * FROM documents WHERE row = ?'),
      listKeys: connection
        .prepare<[number], number>('SELECT key FROM chunks WHERE collection = ? ORDER BY key')
        .pluck(),
      selectVector: connection
        .prepare<[number, number], Buffer>(
          `SELECT vector FROM embeddings WHERE key = (SELECT key FROM chunks WHERE key = ? AND collection = ?)`,
        )
        .pluck(),
      selectVectorByHash: connection
        .prepare<[number, string], Buffer>(
          `SELECT vector FROM embeddings WHERE key =
             (SELECT key FROM chunks WHERE collection = ? AND passage_hash = ? LIMIT 1)`,
        )
        .pluck(),
    };
  }

  fetch(collection: number, name: string, keys: readonly number[]): ChunkRecord[] {
    const documents = new Map<number, DocumentRecord>();
    const chunks: ChunkRecord[] = [];
    for (const key of keys) {
      const row = this.statements.selectChunk.get(key, collection);
      if (row !== undefined) chunks.push(toChunk(row, row.key, this.documentOf(row.document, name, documents)));
    }
    return chunks;
  }

  listKeys(collection: number): Uint32Array {
    return Uint32Array.from(this.statements.listKeys.all(collection));
  }

  fetchEmbeddings(collection: number, dimensions: number, keys: ArrayLike<number>): Float32Array {
    const vectors = new Float32Array(keys.length * dimensions).fill(NaN);
    for (let row = 0; row < keys.length; row++) {
      const blob = this.statements.selectVector.get(keys[row] ?? 0, collection);
      if (blob !== undefined) vectors.set(toVector(blob), row * dimensions);
    }
    return vectors;
  }

  findEmbeddings(collection: number, passageHashes: readonly string[]): Map<string, Float32Array> {
    const found = new Map<string, Float32Array>();
    for (const hash of passageHashes) {
      const blob = this.statements.selectVectorByHash.get(collection, hash);
      if (blob !== undefined) found.set(hash, toVector(blob));
    }
    return found;
  }

  private documentOf(row: number, collection: string, known: Map<number, DocumentRecord>): DocumentRecord {
    const document = known.get(row);
    if (document !== undefined) return document;
    const found = this.statements.selectDocument.get(row);
    if (found === undefined) throw new Error(`Chunk of a document that is not there: row ${row}.`);
    const record = toDocument(found, collection);
    known.set(row, record);
    return record;
  }
}
