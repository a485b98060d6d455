/** Follows jobs: told at once of changes made in this process, by asking every second of those made elsewhere. */
import { EventEmitter, on } from 'node:events';

import { callContext, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import type { DocumentStore, Job } from '@acervo/store';

import { hasEnded } from './ingest-job';

const pollMs = 1_000;
const lookUpMs = 5_000;

export class JobWatcher {
  private readonly changes = new EventEmitter().setMaxListeners(0);

  constructor(private readonly store: DocumentStore) {}

  /** Says that something of this job changed in the store. */
  tell(id: string): void {
    this.changes.emit(id);
  }

  /** Errors: JOB_NOT_FOUND. */
  async find(id: string, context: CallContext): Promise<Job> {
    const job = await this.store.findJob(id, context);
    if (job === undefined) throw fail('JOB_NOT_FOUND', `There is no job "${id}".`, { job: id });
    return job;
  }

  /** The job as it is, then after each change; ends with the job or with `signal`. Errors: JOB_NOT_FOUND. */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<Job> {
    const told = new AbortController();
    const wakes = on(this.changes, id, { signal: AbortSignal.any([signal, told.signal]) });
    const timer = setInterval(() => this.changes.emit(id), pollMs);
    let last = '';
    try {
      for (;;) {
        const job = await this.find(id, callContext(lookUpMs));
        const state = JSON.stringify([job.state, job.progress, job.attempts]);
        if (state !== last) yield job;
        last = state;
        if (hasEnded(job)) return;
        await wakes.next();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clearInterval(timer);
      told.abort();
    }
  }

  /** The job when it has ended, or as it is when `signal` aborts. */
  async waitForEnd(id: string, signal: AbortSignal): Promise<Job> {
    let last: Job | undefined;
    for await (const job of this.follow(id, signal)) last = job;
    return last ?? (await this.find(id, callContext(lookUpMs)));
  }
}
