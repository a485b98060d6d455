import type { Language } from '@acervo/language';

import type { ChunkRecord, DocumentRecord, Metadata } from '../../model';

/** A document as SQLite and Postgres hold it. */
export interface DocumentRow {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly doc_type: string;
  readonly language: string;
  readonly date: string | null;
  readonly metadata: string;
  readonly content_hash: string;
  readonly characters: number;
  readonly chunks: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What of a chunk's row is shown. */
export interface ChunkRow {
  readonly ordinal: number;
  readonly start: number;
  readonly end: number;
  readonly page: number | null;
  readonly headings: string;
  readonly text: string;
}

export function toDocument(row: DocumentRow, collection: string): DocumentRecord {
  return {
    collection,
    id: row.id,
    title: row.title,
    source: row.source,
    docType: row.doc_type,
    language: row.language as Language,
    date: row.date ?? undefined,
    metadata: JSON.parse(row.metadata) as Metadata,
    contentHash: row.content_hash,
    characters: row.characters,
    chunks: row.chunks,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toChunk(row: ChunkRow, key: number, document: DocumentRecord): ChunkRecord {
  return {
    key,
    id: `${document.id}#${row.ordinal}`,
    ordinal: row.ordinal,
    text: row.text,
    start: row.start,
    end: row.end,
    headings: JSON.parse(row.headings) as string[],
    page: row.page ?? undefined,
    document,
  };
}

/** Little-endian float32, as the writers store it; copied, for it may start at any byte. */
export function toVector(bytes: Buffer): Float32Array {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
