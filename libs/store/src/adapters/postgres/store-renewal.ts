import type { CallContext } from '@acervo/kernel';
import { PostgresDatabase } from '@acervo/postgres';

/**
 * After a database was restored and before a server works with it: generations go on from the time of day, beyond
 * everything that was ever served. See `renewSqliteStore`. The id stays, for the tables of pgvector are in the copy too.
 *
 * @returns how many collections there are
 * Errors: STORE_UNAVAILABLE, CONFIG_INVALID; those of Postgres as they are when there are no tables of Acervo.
 */
export async function renewPostgresStore(url: string, nowMs: number, context: CallContext): Promise<number> {
  const database = new PostgresDatabase({ url, maxConnections: 1, applicationName: 'acervo restore' });
  try {
    return await database.transaction(context, async (sql) => {
      await sql`UPDATE acervo.counters SET value = greatest(value + 1, ${nowMs}) WHERE name = 'next_generation'`;
      const { count } = await sql`UPDATE acervo.collections SET generation = greatest(generation + 1, ${nowMs})`;
      return count;
    });
  } finally {
    await database.close();
  }
}
