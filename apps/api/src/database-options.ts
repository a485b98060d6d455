import type { AcervoConfig } from '@acervo/config';
import type { PostgresOptions } from '@acervo/postgres';

type DatabaseSettings = Pick<AcervoConfig, 'DATABASE_URL' | 'DATABASE_PREPARED_STATEMENTS'>;

/** How Postgres is reached, for each of those that have connections of their own to it. */
export function databaseOptions(
  { DATABASE_URL: url = '', DATABASE_PREPARED_STATEMENTS: isPrepared }: DatabaseSettings,
  maxConnections?: number,
): PostgresOptions {
  return { url, isPrepared, ...(maxConnections !== undefined && { maxConnections }) };
}
