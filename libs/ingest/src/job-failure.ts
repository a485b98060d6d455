import { DomainError } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import type { Job } from '@acervo/store';

/** The error that a failed or cancelled job ended with, as the one who waits for it sees it. */
export function jobFailure(job: Job): DomainError {
  const problem = job.problem as { code?: unknown; detail?: unknown; params?: Record<string, unknown> } | undefined;
  if (job.state === 'cancelled' || typeof problem?.code !== 'string') return fail('JOB_CANCELLED');
  return new DomainError(problem.code, String(problem.detail), { ...problem.params, job_id: job.id });
}
