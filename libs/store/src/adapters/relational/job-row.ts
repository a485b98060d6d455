import type { Job, JobState } from '../../document-store';

export interface JobLimits {
  /** Jobs that wait or run; more are refused with SERVER_OVERLOADED. */
  readonly maxOpenJobs: number;
  /** Ended jobs that are remembered, newest first. */
  readonly maxEndedJobs: number;
  /** For how long an ended job and its idempotency key are remembered. */
  readonly endedJobTtlMs: number;
}

export const defaultJobLimits: JobLimits = {
  maxOpenJobs: 10_000,
  maxEndedJobs: 10_000,
  endedJobTtlMs: 7 * 24 * 3_600_000,
};

export const endedStates: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];

/** A job as SQLite and Postgres hold it. */
export interface JobRow {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly input: string;
  readonly result: string | null;
  readonly problem: string | null;
  readonly attempts: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    progress: { done: row.done, total: row.total, unit: row.unit },
    input: fromJson(row.input),
    result: fromJson(row.result),
    problem: fromJson(row.problem),
    attempts: row.attempts,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function fromJson(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text);
}
