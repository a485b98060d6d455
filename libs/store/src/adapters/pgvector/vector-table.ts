import { fail } from '@acervo/problem';
import { migrate, type Migration, type PostgresDatabase } from '@acervo/postgres';
import type { CallContext } from '@acervo/kernel';

import type { CollectionSpec } from '../../model';
import { safeCollectionName } from '../../safe-collection-name';

const migrations: readonly Migration[] = [
  {
    name: 'vectors',
    sql: `
      CREATE EXTENSION IF NOT EXISTS vector;
      CREATE TABLE acervo.vector_collections (
        collection text COLLATE "C" PRIMARY KEY, embedding_model text NOT NULL, dimensions int NOT NULL);
    `,
  },
];

/** What an index over half precision can hold. */
const maxDimensions = 4_000;

/** Errors: STORE_UNAVAILABLE when the extension is not installed, STORE_NEWER. */
export async function prepareVectorTables(database: PostgresDatabase, context: CallContext): Promise<void> {
  await migrate(database, 'vectors', migrations, context);
}

/** Schema-qualified and quoted: safe names hold neither quotes nor dots. */
export function tableOf(scoped: string): string {
  return `acervo."vectors-${safeCollectionName(scoped)}"`;
}

/**
 * Makes the table of a collection, without its graph: filling is faster before it. A table of its own for each
 * collection has one size of vector and a graph of nothing else.
 *
 * @param scoped what it is named after, here and in all that follows: one of each collection of each store
 * Errors: VECTOR_INDEX_MISMATCH when it holds another model's vectors.
 */
export async function makeTable(
  database: PostgresDatabase,
  scoped: string,
  spec: CollectionSpec,
  context: CallContext,
): Promise<void> {
  const { name, embeddingModel, dimensions } = spec;
  if (dimensions > maxDimensions)
    throw fail('VECTOR_INDEX_MISMATCH', `pgvector indexes up to ${maxDimensions} dimensions, not ${dimensions}.`);
  await database.transaction(context, async (sql) => {
    await lock(sql, scoped);
    await sql`INSERT INTO acervo.vector_collections VALUES (${scoped}, ${embeddingModel}, ${dimensions})
      ON CONFLICT DO NOTHING`;
    const [held] = await sql<{ embedding_model: string; dimensions: number }[]>`
      SELECT embedding_model, dimensions FROM acervo.vector_collections WHERE collection = ${scoped}`;
    if (held?.embedding_model !== embeddingModel || held.dimensions !== dimensions)
      throw fail(
        'VECTOR_INDEX_MISMATCH',
        `Postgres holds vectors of ${held?.embedding_model} with ${held?.dimensions} dimensions for ${name}, ` +
          `the server uses ${embeddingModel} with ${dimensions}: run \`acervo reindex\`.`,
      );
    await sql.unsafe(`CREATE TABLE IF NOT EXISTS ${tableOf(scoped)} (
      key int PRIMARY KEY, written_at timestamptz NOT NULL, vector halfvec(${dimensions}) NOT NULL);
      ALTER TABLE ${tableOf(scoped)} ALTER COLUMN vector SET STORAGE PLAIN`);
  });
}

/** Undefined: no process opened such a collection. */
export async function findDimensions(
  database: PostgresDatabase,
  scoped: string,
  context: CallContext,
): Promise<number | undefined> {
  const [row] = await database.query<{ dimensions: number }[]>(
    context,
    (sql) => sql`SELECT dimensions FROM acervo.vector_collections WHERE collection = ${scoped}`,
  );
  return row?.dimensions;
}

/** @param database whose statements may take long: 30 s for 100,000 vectors of 384 dimensions */
export async function makeGraph(database: PostgresDatabase, scoped: string, context: CallContext): Promise<void> {
  await database.transaction(context, async (sql) => {
    await lock(sql, scoped);
    await sql.unsafe(`CREATE INDEX IF NOT EXISTS "hnsw-${safeCollectionName(scoped)}" ON ${tableOf(scoped)}
      USING hnsw (vector halfvec_cosine_ops) WITH (m = 16, ef_construction = 128)`);
  });
}

export async function hasGraph(database: PostgresDatabase, scoped: string, context: CallContext): Promise<boolean> {
  const index = `acervo."hnsw-${safeCollectionName(scoped)}"`;
  const [row] = await database.query<{ known: boolean }[]>(
    context,
    (sql) => sql`SELECT to_regclass(${index}) IS NOT NULL AS known`,
  );
  return row?.known === true;
}

export async function dropTable(database: PostgresDatabase, scoped: string, context: CallContext): Promise<void> {
  await database.transaction(context, async (sql) => {
    await lock(sql, scoped);
    await sql.unsafe(`DROP TABLE IF EXISTS ${tableOf(scoped)}`);
    await sql`DELETE FROM acervo.vector_collections WHERE collection = ${scoped}`;
  });
}

/** Replicas open, fill and drop a collection one after another. */
async function lock(sql: Parameters<Parameters<PostgresDatabase['transaction']>[1]>[0], name: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`acervo vectors ${name}`}, 0))`;
}
