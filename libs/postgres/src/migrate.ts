import { createHash } from 'node:crypto';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';

import { DomainError, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { PostgresDatabase, PostgresTransaction } from './postgres-database';
import { isLost } from './postgres-error';

/** One step: SQL without parameters, of as many statements as it needs. Never changed once it was released. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** A server and its database are often started together: some 10 s for one that does not answer yet. */
const patience = retry(
  handleWhen((error) => isLost(error.cause)),
  { maxAttempts: 12, backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_500 }) },
);

/**
 * Brings the tables of one part (`documents`, `keys`, …) in schema `acervo` up to date. Of processes that start at once
 * one does it and the others wait: all of it is one transaction under an advisory lock. The first call to a database is
 * this one: it waits a little for a database that starts.
 *
 * Errors: STORE_NEWER when the database has steps that this release does not know; those of the database.
 */
export async function migrate(
  database: PostgresDatabase,
  part: string,
  migrations: readonly Migration[],
  context: CallContext,
): Promise<void> {
  const bringUp = async (): Promise<void> => {
    await database.transaction(context, async (sql) => {
      await takeSteps(sql, part, migrations);
    });
  };
  await patience.execute(bringUp, context.signal);
}

async function takeSteps(sql: PostgresTransaction, part: string, migrations: readonly Migration[]): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${lockOf('acervo migrations')})`;
  await sql`CREATE SCHEMA IF NOT EXISTS acervo`;
  await sql`CREATE TABLE IF NOT EXISTS acervo.migrations (
      part text NOT NULL, step int NOT NULL, name text NOT NULL, done_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (part, step))`;
  const [row] = await sql<{ done: number }[]>`
      SELECT coalesce(max(step), 0) AS done FROM acervo.migrations WHERE part = ${part}`;
  const done = row?.done ?? 0;
  if (done > migrations.length)
    throw fail('STORE_NEWER', `The database was written by a newer version of Acervo: ${part} is at step ${done}.`);
  for (const [nth, migration] of migrations.entries()) {
    if (nth < done) continue;
    await run(migration, async (statements) => await sql.unsafe(statements));
    await sql`INSERT INTO acervo.migrations (part, step, name) VALUES (${part}, ${nth + 1}, ${migration.name})`;
  }
}

async function run({ name, sql }: Migration, execute: (sql: string) => Promise<unknown>): Promise<void> {
  try {
    await execute(sql);
  } catch (error) {
    if (error instanceof DomainError || !(error instanceof Error)) throw error;
    throw fail('STORE_UNAVAILABLE', `The database refused the step "${name}": ${error.message}.`, {}, error);
  }
}

/** A key for advisory locks: the first half of a hash, as Postgres' signed 64 bits. */
function lockOf(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE(0).toString();
}
