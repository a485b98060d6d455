import { throwIfEnded, type CallContext } from '@acervo/kernel';
import type { PostgresDatabase } from '@acervo/postgres';

import type { ChunkKey, ScoredKey } from '../../model';
import type { VectorQuery } from '../../vector-index';

import { tableOf } from './vector-table';

/**
 * Of admitted chunks that are compared one by one; with more of them the planner chooses, as a rule to walk the graph
 * until enough are found. Of 20,000 vectors the comparison finds all of the best ten of that half which lies farthest
 * from the question, a walk among 200 candidates .89 of them in the same time.
 */
const maxExactKeys = 12_000;
const rowsPerStatement = 500;

/** `vectors`: [keys.length × dimensions]; rows of NaN stand for chunks that disappeared and are left out. */
export async function upsertRows(
  database: PostgresDatabase,
  scoped: string,
  keys: readonly ChunkKey[],
  vectors: Float32Array,
  context: CallContext,
): Promise<void> {
  const width = vectors.length / keys.length;
  const rows = keys
    .map((key, nth) => ({ key, vector: vectors.subarray(nth * width, (nth + 1) * width) }))
    .filter(({ vector }) => !Number.isNaN(vector[0]))
    // One order for all: writers of the same keys wait for each other instead of locking each other out.
    .sort((a, b) => a.key - b.key);
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    throwIfEnded(context);
    const page = rows.slice(from, from + rowsPerStatement);
    await database.query(
      context,
      (sql) => sql`
        INSERT INTO ${sql.unsafe(tableOf(scoped))} (key, written_at, vector)
        SELECT key, now(), vector::halfvec FROM unnest(${page.map(({ key }) => key)}::int[],
          ${page.map(({ vector }) => toText(vector))}::text[]) AS given (key, vector)
        ON CONFLICT (key) DO UPDATE SET written_at = excluded.written_at, vector = excluded.vector`,
    );
  }
}

export async function removeRows(
  database: PostgresDatabase,
  scoped: string,
  keys: readonly ChunkKey[],
  context: CallContext,
): Promise<void> {
  if (keys.length === 0) return;
  await database.query(
    context,
    (sql) => sql`DELETE FROM ${sql.unsafe(tableOf(scoped))} WHERE key = ANY (${[...keys]}::int[])`,
  );
}

/** Ascending. */
export async function listRowKeys(
  database: PostgresDatabase,
  scoped: string,
  context: CallContext,
): Promise<Uint32Array> {
  const rows = await database.query<{ keys: number[] | null }[]>(
    context,
    (sql) => sql`SELECT array_agg(key ORDER BY key) AS keys FROM ${sql.unsafe(tableOf(scoped))}`,
  );
  return Uint32Array.from(rows[0]?.keys ?? []);
}

/** Those of `keys` that were written longer ago than `graceMs`. */
export async function listOlderThan(
  database: PostgresDatabase,
  scoped: string,
  keys: readonly ChunkKey[],
  graceMs: number,
  context: CallContext,
): Promise<number[]> {
  if (keys.length === 0) return [];
  const rows = await database.query<{ key: number }[]>(
    context,
    (sql) => sql`SELECT key FROM ${sql.unsafe(tableOf(scoped))} WHERE key = ANY (${[...keys]}::int[])
      AND written_at < now() - make_interval(secs => ${graceMs / 1_000})`,
  );
  return rows.map(({ key }) => key);
}

/** For each of `queries`, which share one narrowing, its best chunks, in one statement. */
export async function searchRows(
  database: PostgresDatabase,
  scoped: string,
  queries: readonly VectorQuery[],
  context: CallContext,
): Promise<ScoredKey[][]> {
  const keys = queries[0]?.narrowing?.keys;
  const answers = queries.map((): ScoredKey[] => []);
  if (keys?.length === 0 || queries.every(({ limit }) => limit === 0)) return answers;
  const vectors = queries.map(({ vector }) => toText(vector));
  const limits = queries.map(({ limit }) => limit);
  const rows = await database.query<{ nth: number; key: number; score: number }[]>(context, (sql) => {
    const table = sql.unsafe(tableOf(scoped));
    const asked = sql`asked AS MATERIALIZED (SELECT nth::int, vector::halfvec, wanted
      FROM unnest(${vectors}::text[], ${limits}::int[]) WITH ORDINALITY AS given (vector, wanted, nth))`;
    const admitted = keys && sql`${Array.from(keys)}::int[]`;
    // A copy of the vectors pays off from the second question on: it goes to a file when it outgrows work_mem. Without it,
    // OFFSET keeps the planner from walking the graph all the same.
    const isAskedOnce = queries.length === 1;
    if (admitted !== undefined && keys !== undefined && keys.length <= maxExactKeys)
      return sql`
        WITH ${asked}, admitted AS ${isAskedOnce ? sql`NOT MATERIALIZED` : sql`MATERIALIZED`} (
          SELECT key, vector FROM ${table} WHERE key = ANY (${admitted}) OFFSET 0)
        SELECT asked.nth, near.key, near.score FROM asked CROSS JOIN LATERAL (
          SELECT key, 1 - (vector <=> asked.vector) AS score FROM admitted
          ORDER BY vector <=> asked.vector LIMIT asked.wanted) near`;
    return sql`
      WITH ${asked} SELECT asked.nth, near.key, near.score FROM asked CROSS JOIN LATERAL (
        SELECT key, 1 - (vector <=> asked.vector) AS score FROM ${table}
        ${admitted === undefined ? sql`` : sql`WHERE key = ANY (${admitted})`}
        ORDER BY vector <=> asked.vector LIMIT asked.wanted) near`;
  });
  for (const { nth, key, score } of rows) answers[nth - 1]?.push({ key, score });
  // Beyond the first walk the graph gives neighbours only nearly in order.
  for (const hits of answers) hits.sort((a, b) => b.score - a.score || a.key - b.key);
  return answers;
}

/** In the order of `keys`; NaN where there is none. */
export async function cosinesOf(
  database: PostgresDatabase,
  scoped: string,
  vector: Float32Array,
  keys: readonly ChunkKey[],
  context: CallContext,
): Promise<Float32Array> {
  const rows = await database.query<{ key: number; score: number }[]>(
    context,
    (sql) => sql`SELECT key, 1 - (vector <=> ${toText(vector)}::halfvec) AS score
      FROM ${sql.unsafe(tableOf(scoped))} WHERE key = ANY (${[...new Set(keys)]}::int[])`,
  );
  const byKey = new Map(rows.map(({ key, score }) => [key, score]));
  return Float32Array.from(keys, (key) => byKey.get(key) ?? NaN);
}

function toText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}
