/**
 * Jobs of one kind, off the path of requests.
 *
 * A job is stored first, then claimed by one of a few workers of this process; jobs left by a process that died are
 * claimed at the next start. The queue is bounded by what this process accepted and did not finish. A job that is
 * cancelled while it runs ends at once, through the signal of `RunningJobs`.
 */
import { randomUUID } from 'node:crypto';

import { callContext, type CallContext } from '@acervo/kernel';
import { fail, toProblem } from '@acervo/problem';

import type { DocumentStore, Job, JobProgress } from './document-store';
import type { RunningJobs } from './running-jobs';

export interface JobOutcome {
  readonly result: unknown;
  readonly progress: JobProgress;
}

export interface JobWorkersOptions {
  readonly kind: string;
  /** What waits, in the refusal of one more. */
  readonly plural: string;
  readonly workers: number;
  readonly maxQueued: number;
  /** Of one call to the store. */
  readonly storeCallMs: number;
  /** @param signal aborted when the job is cancelled and when the process stops */
  readonly perform: (input: unknown, signal: AbortSignal) => Promise<JobOutcome>;
  /** Told when the store failed a worker: the next job begins another one. */
  readonly onWorkerEnded: (cause: unknown) => void;
}

export class JobWorkers {
  private readonly stopping = new AbortController();
  private readonly workers = new Set<Promise<void>>();
  private waiting = 0;

  constructor(
    private readonly store: DocumentStore,
    private readonly running: RunningJobs,
    private readonly options: JobWorkersOptions,
  ) {}

  /** Errors: SERVER_OVERLOADED, SERVER_NOT_READY, STORE_UNAVAILABLE. */
  async enqueue(input: unknown): Promise<Job> {
    const { kind, plural, maxQueued } = this.options;
    if (this.stopping.signal.aborted) throw fail('SERVER_NOT_READY', 'This server stops: ask another one.');
    if (this.waiting >= maxQueued) {
      throw fail('SERVER_OVERLOADED', `${this.waiting} ${plural} wait already: retry later.`);
    }
    this.waiting++;
    try {
      const { job } = await this.store.createJob({ id: randomUUID(), kind, input }, this.storeContext());
      return job;
    } catch (error) {
      this.waiting--;
      throw error;
    } finally {
      this.wake();
    }
  }

  /** Looks for a job, unless as many are looked after as may be. */
  wake(): void {
    if (this.workers.size >= this.options.workers || this.stopping.signal.aborted) return;
    const worker = this.work().catch(this.options.onWorkerEnded);
    this.workers.add(worker);
    void worker.finally(() => this.workers.delete(worker));
  }

  /** Resolves when no accepted job is left. */
  async idle(): Promise<void> {
    while (this.workers.size > 0) await Promise.all(this.workers);
  }

  /** Ends what runs; the store keeps those jobs for the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.workers);
  }

  private async work(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const job = await this.store.claimJob([this.options.kind], this.storeContext());
      if (job === undefined) return;
      this.waiting = Math.max(0, this.waiting - 1);
      await this.run(job);
    }
  }

  private async run(job: Job): Promise<void> {
    const cancelled = this.running.begin(job.id);
    const change = await this.options.perform(job.input, AbortSignal.any([cancelled, this.stopping.signal])).then(
      (outcome) => ({ state: 'succeeded' as const, ...outcome }),
      (error: unknown) => ({ state: 'failed' as const, problem: toProblem(error) }),
    );
    this.running.end(job.id);
    // A job that the shutdown interrupted stays `running` in the store, and is queued again at the next start.
    if (change.state === 'failed' && this.stopping.signal.aborted) return;
    const context = callContext(this.options.storeCallMs);
    const now = await this.store.findJob(job.id, context);
    if (now?.state === 'running') await this.store.updateJob(job.id, change, context);
  }

  private storeContext(): CallContext {
    return callContext(this.options.storeCallMs, this.stopping.signal);
  }
}
