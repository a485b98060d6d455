import type { PostgresTransaction } from '@acervo/postgres';
import { fail } from '@acervo/problem';

import type { Collection, CollectionSpec } from '../../model';
import { collectionMissing, toCollection, type CollectionRow } from '../relational/collection-row';

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
