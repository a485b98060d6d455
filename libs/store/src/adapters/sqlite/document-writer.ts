import { deflateRawSync } from 'node:zlib';

import type { MetadataValue, NewDocument } from '../../model';
import type { Connection } from './connection';
import { toSqlValue } from './filter-sql';

export interface StoredDocument {
  readonly row: number;
  readonly language: string;
  readonly createdAt: string;
  readonly keys: readonly number[];
}

/** Inserts and deletes documents with their chunks and embeddings, inside the transaction of a commit. */
export class DocumentWriter {
  private readonly statements;

  constructor(connection: Connection) {
    this.statements = {
      find: connection.prepare<[number, string], { row: number; language: string; created_at: string }>(
        'SELECT row, language, created_at FROM documents WHERE collection = ? AND id = ?',
      ),
      keys: connection.prepare<[number], number>('SELECT key FROM chunks WHERE document = ? ORDER BY key').pluck(),
      remove: connection.prepare<[number]>('DELETE FROM documents WHERE row = ?'),
      document: connection.prepare(
        `INSERT INTO documents (collection, id, title, source, doc_type, language, date, metadata, content_hash,
           characters, chunks, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      text: connection.prepare<[number, Uint8Array]>('INSERT INTO document_texts VALUES (?, ?)'),
      metadata: connection.prepare<[number, string, number, string, string | number]>(
        'INSERT INTO document_metadata VALUES (?, ?, ?, ?, ?)',
      ),
      chunk: connection.prepare(
        `INSERT INTO chunks (key, collection, document, ordinal, start, "end", page, passage_hash, headings, text)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      vector: connection.prepare<[number, Uint8Array]>('INSERT INTO embeddings VALUES (?, ?)'),
    };
  }

  find(collection: number, id: string): StoredDocument | undefined {
    const found = this.statements.find.get(collection, id);
    if (found === undefined) return undefined;
    const keys = this.statements.keys.all(found.row);
    return { row: found.row, language: found.language, createdAt: found.created_at, keys };
  }

  remove(document: StoredDocument): void {
    this.statements.remove.run(document.row);
  }

  insert(collection: number, document: NewDocument, keys: readonly number[], createdAt: string, now: string): void {
    const row = Number(
      this.statements.document.run(
        collection,
        document.id,
        document.title,
        document.source,
        document.docType,
        document.language,
        document.date ?? null,
        JSON.stringify(document.metadata),
        document.contentHash,
        document.text.length,
        document.chunks.length,
        createdAt,
        now,
      ).lastInsertRowid,
    );
    this.statements.text.run(row, deflateRawSync(Buffer.from(document.text, 'utf8'), { level: 3 }));
    for (const [field, value] of Object.entries(document.metadata)) this.insertMetadata(row, field, value);
    const dimensions = document.embeddings.length / Math.max(1, document.chunks.length);
    document.chunks.forEach((chunk, ordinal) => {
      const key = keys[ordinal];
      this.statements.chunk.run(
        key,
        collection,
        row,
        ordinal,
        chunk.start,
        chunk.end,
        chunk.page ?? null,
        chunk.passageHash,
        JSON.stringify(chunk.headings),
        chunk.text,
      );
      const vector = document.embeddings.subarray(ordinal * dimensions, (ordinal + 1) * dimensions);
      this.statements.vector.run(key ?? 0, new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
    });
  }

  private insertMetadata(row: number, field: string, value: MetadataValue): void {
    const elements = typeof value === 'object' ? (value ?? []) : [value];
    elements.forEach((element, ordinal) => {
      this.statements.metadata.run(row, field, ordinal, typeof element, toSqlValue(element));
    });
  }
}
