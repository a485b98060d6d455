import { callContext } from '@acervo/kernel';
import { PostgresDatabase } from '@acervo/postgres';

const statementTimeoutMs = 120_000;

/** Lends a database in which Acervo holds nothing, and takes everything of Acervo out of it afterwards. */
export async function withBenchDatabase<T>(url: string, work: (database: BenchDatabase) => Promise<T>): Promise<T> {
  const pool = new PostgresDatabase({ url, maxConnections: 1, applicationName: 'acervo bench', statementTimeoutMs });
  try {
    const [found] = await pool.query<{ has: boolean }[]>(
      callContext(statementTimeoutMs),
      (sql) => sql`SELECT to_regnamespace('acervo') IS NOT NULL AS has`,
    );
    if (found?.has === true)
      throw new Error('The database has a schema `acervo` already: give the address of one without documents.');
    try {
      return await work(new BenchDatabase(pool));
    } finally {
      await pool.query(callContext(statementTimeoutMs), (sql) => sql`DROP SCHEMA IF EXISTS acervo CASCADE`);
    }
  } finally {
    await pool.close();
  }
}

export class BenchDatabase {
  constructor(private readonly pool: PostgresDatabase) {}

  /** What autovacuum does within minutes of a large import. */
  async settle(): Promise<void> {
    await this.pool.query(callContext(statementTimeoutMs), (sql) => sql`VACUUM ANALYZE`);
  }
}
