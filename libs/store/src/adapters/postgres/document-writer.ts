import { deflateRawSync } from 'node:zlib';

import type { PostgresTransaction } from '@acervo/postgres';

import type { PlacedDocument } from '../relational/placed-document';
import { toBytea } from './bytea';
import { storableText } from './storable-text';

/** Rows of one statement: what a message to the database holds is bounded by what a commit holds. */
export async function insertDocuments(
  sql: PostgresTransaction,
  collection: number,
  placed: readonly PlacedDocument[],
  createdAt: ReadonlyMap<string, string>,
): Promise<void> {
  if (placed.length === 0) return;
  const now = new Date().toISOString();
  const documents = placed.map(({ document }) => document);
  const metadata = documents.map((each) => JSON.stringify(each.metadata));
  const rows = await sql<{ id: string; row: number }[]>`
    INSERT INTO acervo.documents (collection, id, title, source, doc_type, language, date, metadata, fields,
      content_hash, characters, chunks, created_at, updated_at)
    SELECT ${collection}::int, id, title, source, doc_type, language, date, metadata, fields::jsonb, content_hash,
      characters, chunks, created_at, ${now}
    FROM unnest(${documents.map(({ id }) => id)}::text[], ${documents.map(({ title }) => storableText(title))}::text[],
      ${documents.map(({ source }) => storableText(source))}::text[], ${documents.map((each) => each.docType)}::text[],
      ${documents.map(({ language }) => language)}::text[], ${documents.map(({ date }) => date ?? null)}::text[],
      ${metadata}::text[], ${metadata.map(storableJson)}::text[],
      ${documents.map(({ contentHash }) => contentHash)}::text[], ${documents.map(({ text }) => text.length)}::int[],
      ${documents.map(({ chunks }) => chunks.length)}::int[],
      ${documents.map(({ id }) => createdAt.get(id) ?? now)}::text[])
      AS t (id, title, source, doc_type, language, date, metadata, fields, content_hash, characters, chunks, created_at)
    RETURNING id, row`;
  const rowOf = new Map(rows.map(({ id, row }) => [id, row]));
  await sql`
    INSERT INTO acervo.document_texts
    SELECT * FROM unnest(${documents.map(({ id }) => rowOf.get(id) ?? 0)}::int[],
      ${documents.map(({ text }) => toBytea(deflateRawSync(Buffer.from(text, 'utf8'), { level: 3 })))}::text[]::bytea[])`;
  await insertChunks(sql, collection, placed, rowOf);
}

async function insertChunks(
  sql: PostgresTransaction,
  collection: number,
  placed: readonly PlacedDocument[],
  rowOf: ReadonlyMap<string, number>,
): Promise<void> {
  const chunks = placed.flatMap(({ document, keys }) => {
    const dimensions = document.embeddings.length / Math.max(1, document.chunks.length);
    return document.chunks.map((chunk, ordinal) => ({
      ...chunk,
      ordinal,
      key: keys[ordinal] ?? 0,
      document: rowOf.get(document.id) ?? 0,
      // Little-endian float32.
      vector: toFloatBytes(document.embeddings.subarray(ordinal * dimensions, (ordinal + 1) * dimensions)),
    }));
  });
  if (chunks.length === 0) return;
  const keys = chunks.map(({ key }) => key);
  await sql`
    INSERT INTO acervo.chunks (key, collection, document, ordinal, "start", "end", page, passage_hash, headings, text)
    SELECT key, ${collection}::int, document, ordinal, "start", "end", page, passage_hash, headings, text
    FROM unnest(${keys}::int[], ${chunks.map((each) => each.document)}::int[],
      ${chunks.map(({ ordinal }) => ordinal)}::int[], ${chunks.map(({ start }) => start)}::int[],
      ${chunks.map(({ end }) => end)}::int[], ${chunks.map(({ page }) => page ?? null)}::int[],
      ${chunks.map(({ passageHash }) => passageHash)}::text[],
      ${chunks.map(({ headings }) => JSON.stringify(headings))}::text[],
      ${chunks.map(({ text }) => storableText(text))}::text[])
      AS t (key, document, ordinal, "start", "end", page, passage_hash, headings, text)`;
  await sql`
    INSERT INTO acervo.embeddings SELECT * FROM unnest(${keys}::int[], ${chunks.map(({ vector }) => vector)}::text[]::bytea[])`;
}

function toFloatBytes(vector: Float32Array): string {
  return toBytea(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
}

/** jsonb knows neither U+0000 nor half a surrogate pair; JSON writes both as escapes. */
function storableJson(json: string): string {
  return json.replaceAll(/(\\\\)|\\u(?:0000|d[89a-f][0-9a-f]{2})/g, (whole, backslash: string | undefined) =>
    backslash === undefined ? '\ufffd' : whole,
  );
}
