import { fail } from '@acervo/problem';

import type { Job, JobCount, JobTarget, NewJob } from '../../document-store';
import { endedStates, toJob, toJson, type JobLimits, type JobRow } from '../relational/job-row';
import type { Connection } from './connection';

export class JobTable {
  private readonly select;

  constructor(
    private readonly connection: Connection,
    private readonly limits: JobLimits,
  ) {
    this.select = connection.prepare<[string], JobRow>('SELECT * FROM jobs WHERE id = ?');
  }

  find(id: string): Job | undefined {
    const row = this.select.get(id);
    return row === undefined ? undefined : toJob(row);
  }

  count(): JobCount[] {
    return this.connection
      .prepare<[], JobCount>(
        'SELECT kind, state, count(*) AS count FROM jobs GROUP BY kind, state ORDER BY kind, state',
      )
      .all();
  }

  create(job: NewJob): { readonly job: Job; readonly isNew: boolean } {
    this.forgetOld();
    const first = this.connection
      .prepare<[string, string | null], JobRow>('SELECT * FROM jobs WHERE id = ? OR idempotency_key = ?')
      .get(job.id, job.idempotencyKey ?? null);
    if (first !== undefined) return { job: toJob(first), isNew: false };
    this.refuseWhenFull();
    const now = new Date().toISOString();
    this.connection
      .prepare(
        `INSERT INTO jobs (id, kind, state, input, idempotency_key, collection, document, created_at, updated_at)
         VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        job.id,
        job.kind,
        toJson(job.input) ?? 'null',
        job.idempotencyKey ?? null,
        job.target?.collection ?? null,
        job.target?.document ?? null,
        now,
        now,
      );
    return { job: this.require(job.id), isNew: true };
  }

  claim(kinds: readonly string[]): Job | undefined {
    const row = this.connection
      .prepare<[string, string], JobRow>(
        `UPDATE jobs SET state = 'running', attempts = attempts + 1, updated_at = ? WHERE sequence =
           (SELECT sequence FROM jobs WHERE state = 'queued' AND kind IN (SELECT value FROM json_each(?))
            ORDER BY sequence LIMIT 1)
         RETURNING *`,
      )
      .get(new Date().toISOString(), JSON.stringify(kinds));
    return row === undefined ? undefined : toJob(row);
  }

  update(id: string, change: Partial<Pick<Job, 'state' | 'progress' | 'result' | 'problem'>>): void {
    const job = this.require(id);
    if (endedStates.includes(job.state)) {
      throw fail(
        'JOB_ALREADY_ENDED',
        `The job "${id}" ended already: it ${job.state === 'cancelled' ? 'was ' : ''}${job.state}.`,
        {
          job: id,
          state: job.state,
        },
      );
    }
    const { state, progress, result, problem } = { ...job, ...change };
    this.connection
      .prepare(
        `UPDATE jobs SET state = ?, done = ?, total = ?, unit = ?, result = ?, problem = ?, updated_at = ?
         WHERE id = ?`,
      )
      .run(
        state,
        progress.done,
        progress.total,
        progress.unit,
        toJson(result),
        toJson(problem),
        new Date().toISOString(),
        id,
      );
  }

  cancelOpen({ collection, document }: JobTarget, problem: unknown): string[] {
    return this.connection
      .prepare<[object], string>(
        `UPDATE jobs SET state = 'cancelled', problem = :problem, updated_at = :now
         WHERE collection = :collection AND (:document IS NULL OR document = :document)
           AND state IN ('queued', 'running')
         RETURNING id`,
      )
      .pluck()
      .all({ collection, document: document ?? null, problem: toJson(problem), now: new Date().toISOString() });
  }

  /** Errors: JOB_NOT_FOUND, JOB_CANCELLED. */
  requireRunning(id: string): void {
    const { state } = this.require(id);
    if (state === 'running') return;
    throw fail('JOB_CANCELLED', `The job "${id}" is ${state}: what it made is not wanted any more.`, {
      job: id,
      state,
    });
  }

  requeueInterrupted(): number {
    return this.connection
      .prepare(`UPDATE jobs SET state = 'queued', updated_at = ? WHERE state = 'running'`)
      .run(new Date().toISOString()).changes;
  }

  private require(id: string): Job {
    const job = this.find(id);
    if (job !== undefined) return job;
    throw fail('JOB_NOT_FOUND', `There is no job "${id}". Jobs are forgotten some time after they end.`, {
      job: id,
    });
  }

  private refuseWhenFull(): void {
    const open = this.connection
      .prepare<[], number>(`SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')`)
      .pluck()
      .get();
    if ((open ?? 0) < this.limits.maxOpenJobs) return;
    throw fail('SERVER_OVERLOADED', `${this.limits.maxOpenJobs} jobs wait already. Try again when some have ended.`);
  }

  private forgetOld(): void {
    const before = new Date(Date.now() - this.limits.endedJobTtlMs).toISOString();
    const isEnded = `state IN ('succeeded', 'failed', 'cancelled')`;
    this.connection
      .prepare(
        `DELETE FROM jobs WHERE ${isEnded} AND (updated_at < ? OR sequence <=
           (SELECT sequence FROM jobs WHERE ${isEnded} ORDER BY sequence DESC LIMIT 1 OFFSET ?))`,
      )
      .run(before, this.limits.maxEndedJobs);
  }
}
