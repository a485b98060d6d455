/**
 * Jobs of all replicas in one table. Who claims a job holds it for a lease that its process renews (job-leases.ts); when
 * that process is gone the lease runs out and the next claim takes the job on. What the former holder still says about
 * it is refused.
 */
import type { PostgresDatabase, PostgresTransaction } from '@acervo/postgres';
import type { CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { Job, JobCount, JobTarget, NewJob } from '../../document-store';
import { endedStates, toJob, toJson, type JobLimits, type JobRow } from '../relational/job-row';

export type JobChange = Partial<Pick<Job, 'state' | 'progress' | 'result' | 'problem'>>;

/** Who holds it is not shown. */
type HeldJobRow = JobRow & { readonly runner: string | null };

export async function findJob(database: PostgresDatabase, id: string, context: CallContext): Promise<Job | undefined> {
  const [row] = await database.query<JobRow[]>(context, (sql) => sql`SELECT * FROM acervo.jobs WHERE id = ${id}`);
  return row === undefined ? undefined : toJob(row);
}

export async function countJobs(database: PostgresDatabase, context: CallContext): Promise<readonly JobCount[]> {
  const rows = await database.query<JobCount[]>(
    context,
    (sql) => sql`
      SELECT kind, state, count(*)::int AS count FROM acervo.jobs GROUP BY kind, state ORDER BY kind, state`,
  );
  return rows.map(({ kind, state, count }) => ({ kind, state, count }));
}

export async function createJob(
  sql: PostgresTransaction,
  job: NewJob,
  limits: JobLimits,
): Promise<{ readonly job: Job; readonly isNew: boolean }> {
  await forgetOld(sql, limits);
  const key = job.idempotencyKey ?? null;
  const [first] = await sql<JobRow[]>`SELECT * FROM acervo.jobs WHERE id = ${job.id} OR idempotency_key = ${key}`;
  if (first !== undefined) return { job: toJob(first), isNew: false };
  await refuseWhenFull(sql, limits);
  const now = new Date().toISOString();
  const [made] = await sql<JobRow[]>`
    INSERT INTO acervo.jobs (id, kind, state, input, idempotency_key, collection, document, created_at, updated_at)
    VALUES (${job.id}, ${job.kind}, 'queued', ${toJson(job.input) ?? 'null'}, ${key},
      ${job.target?.collection ?? null}, ${job.target?.document ?? null}, ${now}, ${now})
    ON CONFLICT DO NOTHING RETURNING *`;
  if (made !== undefined) return { job: toJob(made), isNew: true };
  // Another replica was asked the same at the same time.
  const [other] = await sql<JobRow[]>`SELECT * FROM acervo.jobs WHERE id = ${job.id} OR idempotency_key = ${key}`;
  if (other === undefined) throw jobMissing(job.id);
  return { job: toJob(other), isNew: false };
}

export async function claimJob(
  database: PostgresDatabase,
  kinds: readonly string[],
  runner: string,
  leaseMs: number,
  context: CallContext,
): Promise<Job | undefined> {
  const [row] = await database.query<JobRow[]>(
    context,
    (sql) => sql`
      UPDATE acervo.jobs SET state = 'running', attempts = attempts + 1, runner = ${runner},
        lease_until = now() + ${leaseMs} * interval '1 ms', updated_at = ${new Date().toISOString()}
      WHERE sequence = (
        SELECT sequence FROM acervo.jobs WHERE kind = ANY (${kinds as string[]}::text[])
          AND (state = 'queued' OR (state = 'running' AND lease_until < now()))
        ORDER BY sequence LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING *`,
  );
  return row === undefined ? undefined : toJob(row);
}

/**
 * Of `jobs`, those that `runner` still holds. A claim whose answer was lost is not among them: its lease runs out. A job
 * whose row a commit holds is left alone: it is not taken meanwhile.
 */
export async function renewLeases(
  database: PostgresDatabase,
  jobs: readonly string[],
  runner: string,
  leaseMs: number,
  context: CallContext,
): Promise<void> {
  await database.query(
    context,
    (sql) => sql`
      UPDATE acervo.jobs SET lease_until = now() + ${leaseMs} * interval '1 ms' WHERE sequence IN (
        SELECT sequence FROM acervo.jobs WHERE id = ANY (${jobs as string[]}::text[])
          AND state = 'running' AND runner = ${runner} FOR UPDATE SKIP LOCKED)`,
  );
}

export async function updateJob(
  sql: PostgresTransaction,
  id: string,
  change: JobChange,
  runner: string,
): Promise<void> {
  const [row] = await sql<HeldJobRow[]>`SELECT * FROM acervo.jobs WHERE id = ${id} FOR UPDATE`;
  if (row === undefined) throw jobMissing(id);
  if (endedStates.includes(row.state)) {
    const detail = `The job "${id}" ended already: it ${row.state === 'cancelled' ? 'was ' : ''}${row.state}.`;
    throw fail('JOB_ALREADY_ENDED', detail, { job: id, state: row.state });
  }
  const isOfAnother = row.runner !== null && row.runner !== runner;
  if (isOfAnother && change.state !== 'cancelled') {
    const detail = `The job "${id}" goes on in another process, for this one was away too long.`;
    throw fail('JOB_ALREADY_ENDED', detail, { job: id, state: row.state });
  }
  const { state, progress, result, problem } = { ...toJob(row), ...change };
  await sql`
    UPDATE acervo.jobs SET state = ${state}, done = ${progress.done}, total = ${progress.total},
      unit = ${progress.unit}, result = ${toJson(result)}, problem = ${toJson(problem)},
      updated_at = ${new Date().toISOString()} WHERE id = ${id}`;
}

/** Waits for a commit of such a job that is under way. */
export async function cancelJobs(
  database: PostgresDatabase,
  { collection, document }: JobTarget,
  problem: unknown,
  context: CallContext,
): Promise<readonly string[]> {
  const rows = await database.query<{ id: string }[]>(
    context,
    (sql) => sql`
      UPDATE acervo.jobs SET state = 'cancelled', problem = ${toJson(problem)}, updated_at = ${new Date().toISOString()}
      WHERE collection = ${collection} AND (${document ?? null}::text IS NULL OR document = ${document ?? null})
        AND state IN ('queued', 'running') RETURNING id`,
  );
  return rows.map(({ id }) => id);
}

/**
 * Holds the row until the transaction ends, so that a cancellation waits for the commit or comes before it.
 * Errors: JOB_NOT_FOUND, JOB_CANCELLED also when another process has taken the job on.
 */
export async function requireRunning(sql: PostgresTransaction, id: string, runner: string): Promise<void> {
  const [row] = await sql<HeldJobRow[]>`SELECT * FROM acervo.jobs WHERE id = ${id} FOR UPDATE`;
  if (row === undefined) throw jobMissing(id);
  if (row.state === 'running' && row.runner === runner) return;
  const state = row.state === 'running' ? 'taken on by another process' : row.state;
  throw fail('JOB_CANCELLED', `The job "${id}" is ${state}: what this process made is not wanted any more.`, {
    job: id,
    state: row.state,
  });
}

/** Of processes that are gone, and of this one. */
export async function requeueInterrupted(
  database: PostgresDatabase,
  runner: string,
  context: CallContext,
): Promise<number> {
  const { count } = await database.query(
    context,
    (sql) => sql`
      UPDATE acervo.jobs SET state = 'queued', runner = NULL, lease_until = NULL,
        updated_at = ${new Date().toISOString()}
      WHERE sequence IN (SELECT sequence FROM acervo.jobs
        WHERE state = 'running' AND (lease_until < now() OR runner = ${runner}) FOR UPDATE SKIP LOCKED)`,
  );
  return count;
}

async function refuseWhenFull(sql: PostgresTransaction, { maxOpenJobs }: JobLimits): Promise<void> {
  const [row] = await sql<{ open: number }[]>`
    SELECT count(*)::int AS open FROM acervo.jobs WHERE state IN ('queued', 'running')`;
  if ((row?.open ?? 0) < maxOpenJobs) return;
  throw fail('SERVER_OVERLOADED', `${maxOpenJobs} jobs wait already. Try again when some have ended.`);
}

async function forgetOld(sql: PostgresTransaction, { maxEndedJobs, endedJobTtlMs }: JobLimits): Promise<void> {
  const before = new Date(Date.now() - endedJobTtlMs).toISOString();
  await sql`
    DELETE FROM acervo.jobs WHERE sequence IN (
      SELECT sequence FROM acervo.jobs WHERE state IN ('succeeded', 'failed', 'cancelled')
        AND (updated_at < ${before} OR sequence <= (
          SELECT sequence FROM acervo.jobs WHERE state IN ('succeeded', 'failed', 'cancelled')
          ORDER BY sequence DESC LIMIT 1 OFFSET ${maxEndedJobs}))
      FOR UPDATE SKIP LOCKED)`;
}

function jobMissing(id: string): Error {
  return fail('JOB_NOT_FOUND', `There is no job "${id}". Jobs are forgotten some time after they end.`, { job: id });
}
