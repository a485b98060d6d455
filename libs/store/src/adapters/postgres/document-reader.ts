/**
 * Reads documents, chunks and embeddings: one statement a call, so from one commit. Each starts at the collection's row
 * and comes back with at least that, or the collection is missing.
 */
import { inflateRawSync } from 'node:zlib';

import type { CallContext } from '@acervo/kernel';
import type { PostgresDatabase } from '@acervo/postgres';

import type { DocumentPage, DocumentPageRequest } from '../../document-store';
import type { ChunkFilter, ChunkKey, ChunkRecord, DocumentRecord } from '../../model';
import { collectionMissing } from '../relational/collection-row';
import { toChunk, toDocument, toVector, type ChunkRow, type DocumentRow } from '../relational/document-row';
import { toSql } from './filter-sql';

/** `row` null: the collection is there, the document is not. */
type FoundRow = DocumentRow & { readonly row: number | null };
type FoundChunkRow = FoundRow & ChunkRow & { readonly key: number | null };

export class DocumentReader {
  constructor(private readonly database: PostgresDatabase) {}

  async find(collection: string, id: string, context: CallContext): Promise<DocumentRecord | undefined> {
    const [row] = await this.rows<FoundRow>(
      collection,
      context,
      `SELECT d.* FROM acervo.collections c LEFT JOIN acervo.documents d ON d.collection = c.id AND d.id = $2
       WHERE c.name = $1`,
      [id],
    );
    return toFound(row, collection);
  }

  async findByContentHash(collection: string, hash: string, context: CallContext): Promise<DocumentRecord | undefined> {
    const [row] = await this.rows<FoundRow>(
      collection,
      context,
      `SELECT d.* FROM acervo.collections c LEFT JOIN acervo.documents d ON d.collection = c.id AND d.content_hash = $2
       WHERE c.name = $1 ORDER BY d.row LIMIT 1`,
      [hash],
    );
    return toFound(row, collection);
  }

  async findText(collection: string, id: string, context: CallContext): Promise<string | undefined> {
    const [row] = await this.rows<{ deflated: Buffer | null }>(
      collection,
      context,
      `SELECT t.deflated FROM acervo.collections c
       LEFT JOIN acervo.documents d ON d.collection = c.id AND d.id = $2
       LEFT JOIN acervo.document_texts t ON t.document = d.row WHERE c.name = $1`,
      [id],
    );
    const deflated = row?.deflated ?? undefined;
    return deflated && inflateRawSync(deflated).toString('utf8');
  }

  async list(collection: string, page: DocumentPageRequest, context: CallContext): Promise<DocumentPage> {
    const limit = Math.min(1_000, Math.max(1, Math.trunc(page.limit)));
    const rows = await this.rows<FoundRow>(
      collection,
      context,
      `SELECT d.* FROM acervo.collections c LEFT JOIN LATERAL (
         SELECT * FROM acervo.documents WHERE collection = c.id AND id > $2 AND starts_with(source, $3)
         ORDER BY id LIMIT $4) d ON true WHERE c.name = $1 ORDER BY d.id`,
      [page.cursor ?? '', page.sourcePrefix ?? '', limit + 1],
    );
    const found = rows.filter(({ row }) => row !== null).map((row) => toDocument(row, collection));
    const documents = found.slice(0, limit);
    return { documents, cursor: found.length > limit ? documents.at(-1)?.id : undefined };
  }

  async listKeys(collection: string, context: CallContext): Promise<Uint32Array> {
    const [row] = await this.rows<{ keys: Buffer | null }>(
      collection,
      context,
      `SELECT (SELECT string_agg(int4send(key), ''::bytea) FROM acervo.chunks WHERE collection = c.id) AS keys
       FROM acervo.collections c WHERE c.name = $1`,
      [],
    );
    return toKeys(row?.keys);
  }

  async resolveFilter(collection: string, filter: ChunkFilter, context: CallContext): Promise<Uint32Array> {
    const { sql, values } = toSql(filter, 1);
    const [row] = await this.rows<{ keys: Buffer | null }>(
      collection,
      context,
      `SELECT (SELECT string_agg(int4send(k.key), ''::bytea) FROM acervo.documents d
         JOIN acervo.chunks k ON k.document = d.row WHERE d.collection = c.id${sql}) AS keys
       FROM acervo.collections c WHERE c.name = $1`,
      values,
    );
    return toKeys(row?.keys);
  }

  async fetchChunks(
    collection: string,
    keys: readonly ChunkKey[],
    context: CallContext,
  ): Promise<readonly ChunkRecord[]> {
    const rows = await this.rows<FoundChunkRow>(
      collection,
      context,
      `SELECT k.key, k.ordinal, k."start", k."end", k.page, k.headings, k.text, d.*
       FROM acervo.collections c LEFT JOIN (
         acervo.chunks k JOIN acervo.documents d ON d.row = k.document) ON k.collection = c.id AND k.key = ANY ($2::int[])
       WHERE c.name = $1`,
      [keys],
    );
    const documents = new Map<number, DocumentRecord>();
    const chunks = new Map<number, ChunkRecord>();
    for (const row of rows) {
      if (row.key === null || row.row === null) continue;
      const document = documents.get(row.row) ?? toDocument(row, collection);
      documents.set(row.row, document);
      chunks.set(row.key, toChunk(row, row.key, document));
    }
    return keys.map((key) => chunks.get(key)).filter((chunk) => chunk !== undefined);
  }

  async findEmbeddings(
    collection: string,
    passageHashes: readonly string[],
    context: CallContext,
  ): Promise<ReadonlyMap<string, Float32Array>> {
    const rows = await this.rows<{ hash: string | null; vector: Buffer }>(
      collection,
      context,
      `SELECT e.hash, e.vector FROM acervo.collections c LEFT JOIN LATERAL (
         SELECT DISTINCT ON (k.passage_hash) k.passage_hash AS hash, v.vector FROM acervo.chunks k
         JOIN acervo.embeddings v ON v.key = k.key WHERE k.collection = c.id AND k.passage_hash = ANY ($2::text[])
         ORDER BY k.passage_hash, k.key) e ON true WHERE c.name = $1`,
      [passageHashes],
    );
    return new Map(rows.flatMap(({ hash, vector }) => (hash === null ? [] : [[hash, toVector(vector)] as const])));
  }

  async fetchEmbeddings(collection: string, keys: ArrayLike<ChunkKey>, context: CallContext): Promise<Float32Array> {
    const wanted = Array.from(keys);
    const rows = await this.rows<{ dimensions: number; key: number | null; vector: Buffer }>(
      collection,
      context,
      `SELECT c.dimensions, v.key, v.vector FROM acervo.collections c LEFT JOIN (
         acervo.chunks k JOIN acervo.embeddings v ON v.key = k.key) ON k.collection = c.id AND k.key = ANY ($2::int[])
       WHERE c.name = $1`,
      [wanted],
    );
    const dimensions = rows[0]?.dimensions ?? 0;
    const found = new Map(rows.map(({ key, vector }) => [key, vector]));
    const vectors = new Float32Array(wanted.length * dimensions).fill(NaN);
    wanted.forEach((key, nth) => {
      const bytes = found.get(key);
      if (bytes !== undefined) vectors.set(toVector(bytes), nth * dimensions);
    });
    return vectors;
  }

  /** Errors: COLLECTION_NOT_FOUND when no row comes. */
  private async rows<T extends object>(
    collection: string,
    context: CallContext,
    text: string,
    values: readonly (string | number | readonly (string | number)[])[],
  ): Promise<readonly T[]> {
    const rows = await this.database.query<T[]>(context, (sql) =>
      sql.unsafe(text, [collection, ...values] as string[], { prepare: true }),
    );
    if (rows.length === 0) throw collectionMissing(collection);
    return rows;
  }
}

function toFound(row: FoundRow | undefined, collection: string): DocumentRecord | undefined {
  return row === undefined || row.row === null ? undefined : toDocument(row, collection);
}

/** 32 bits each, big-endian, in any order: a tenth of the time that rows of their own would take. */
function toKeys(bytes: Buffer | null | undefined): Uint32Array {
  if (!bytes) return new Uint32Array();
  const keys = new Uint32Array(bytes.length / 4);
  for (let nth = 0; nth < keys.length; nth++) keys[nth] = bytes.readUInt32BE(nth * 4);
  return keys.sort();
}
