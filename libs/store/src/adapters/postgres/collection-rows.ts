import type { DomainError } from '@acervo/kernel';
import type { PostgresTransaction } from '@acervo/postgres';
import { fail } from '@acervo/problem';

import type { Collection, CollectionSpec } from '../../model';

export interface CollectionRow {
  readonly id: number;
  readonly name: string;
  readonly embedding_model: string;
  readonly dimensions: number;
  readonly chunk_size: number;
  readonly chunk_overlap: number;
  readonly chunk_version: number;
  readonly generation: number;
  readonly documents: number;
  readonly chunks_pt: number;
  readonly chunks_en: number;
  readonly chunks_other: number;
  readonly tokens: number;
  readonly created_at: string;
}

export function toCollection(row: CollectionRow): Collection {
  return {
    name: row.name,
    embeddingModel: row.embedding_model,
    dimensions: row.dimensions,
    chunking: { size: row.chunk_size, overlap: row.chunk_overlap, version: row.chunk_version },
    generation: row.generation,
    documents: row.documents,
    chunks: row.chunks_pt + row.chunks_en + row.chunks_other,
    languages: { pt: row.chunks_pt, en: row.chunks_en, other: row.chunks_other },
    createdAt: row.created_at,
  };
}

export function collectionMissing(name: string): DomainError {
  return fail('COLLECTION_NOT_FOUND', `There is no collection "${name}". GET /collections lists the existing ones.`, {
    collection: name,
  });
}

/** Until the transaction ends nobody else changes it: many replicas commit to one collection in turn. */
export async function lockCollection(sql: PostgresTransaction, name: string): Promise<CollectionRow> {
  const [row] = await sql<CollectionRow[]>`SELECT * FROM acervo.collections WHERE name = ${name} FOR UPDATE`;
  if (row === undefined) throw collectionMissing(name);
  return row;
}

/** Errors: COLLECTION_EXISTS. A name that was used before goes on with a higher generation: no cache mistakes them. */
export async function createCollection(sql: PostgresTransaction, spec: CollectionSpec): Promise<Collection> {
  const { size, overlap, version } = spec.chunking;
  const [row] = await sql<CollectionRow[]>`
    INSERT INTO acervo.collections (name, embedding_model, dimensions, chunk_size, chunk_overlap, chunk_version,
      generation, created_at)
    SELECT ${spec.name}, ${spec.embeddingModel}, ${spec.dimensions}, ${size}, ${overlap}, ${version}, value,
      ${new Date().toISOString()} FROM acervo.counters WHERE name = 'next_generation'
    ON CONFLICT (name) DO NOTHING RETURNING *`;
  if (row !== undefined) return toCollection(row);
  throw fail('COLLECTION_EXISTS', `The collection "${spec.name}" exists already.`, { collection: spec.name });
}

export async function deleteCollection(sql: PostgresTransaction, name: string): Promise<boolean> {
  const [row] = await sql<{ generation: number }[]>`
    DELETE FROM acervo.collections WHERE name = ${name} RETURNING generation`;
  if (row === undefined) return false;
  await sql`UPDATE acervo.counters SET value = greatest(value, ${row.generation + 1}) WHERE name = 'next_generation'`;
  return true;
}

/** Errors: COLLECTION_NOT_FOUND when there is no `replacement`. */
export async function replaceCollection(
  sql: PostgresTransaction,
  name: string,
  replacement: string,
): Promise<Collection> {
  // In order of id, as every transaction that takes both.
  const rows = await sql<CollectionRow[]>`
    SELECT * FROM acervo.collections WHERE name IN (${name}, ${replacement}) ORDER BY id FOR UPDATE`;
  const next = rows.find((row) => row.name === replacement);
  if (next === undefined) throw collectionMissing(replacement);
  const generation = Math.max(...rows.map((row) => row.generation)) + 1;
  if (name !== replacement) await deleteCollection(sql, name);
  const [replaced] = await sql<CollectionRow[]>`
    UPDATE acervo.collections SET name = ${name}, generation = greatest(${generation}::float8,
      (SELECT value FROM acervo.counters WHERE name = 'next_generation')) WHERE id = ${next.id} RETURNING *`;
  if (replaced === undefined) throw collectionMissing(replacement);
  return toCollection(replaced);
}
