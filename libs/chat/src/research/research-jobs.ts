/**
 * Researches as jobs: stored first, then claimed by one of a few workers of the process that writes, as searches are
 * (see `SearchJobs`). What a dead process left is claimed at the next start. A job that is cancelled while it runs ends
 * at once, through the signal of `RunningJobs`.
 */
import { randomUUID } from 'node:crypto';

import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { callContext, type CallContext } from '@acervo/kernel';
import { fail, toProblem } from '@acervo/problem';
import { DocumentStore, RunningJobs, type Job } from '@acervo/store';

import type { ResearchAnswer, ResearchQuestion } from './research';
import { researchOptionsToken, researchTimeoutMs, type ResearchOptions } from './research-options';
import { toWireAnswer } from './research.schema';
import { ResearchService } from './research.service';

const researchJobKind = 'research';
const storeCallMs = 15_000;
/** Nobody who asks: what a job finds belongs to its job. */
const asker = { owner: 'jobs', headers: {} };

@Injectable()
export class ResearchJobs implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ResearchJobs');
  private readonly stopping = new AbortController();
  private readonly workers = new Set<Promise<void>>();
  private waiting = 0;

  constructor(
    private readonly store: DocumentStore,
    private readonly research: ResearchService,
    private readonly running: RunningJobs,
    @Inject(researchOptionsToken) private readonly options: ResearchOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.runsJobs) this.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.workers);
  }

  /** Errors: SERVER_OVERLOADED, SERVER_NOT_READY, STORE_UNAVAILABLE. */
  async enqueue(asked: ResearchQuestion): Promise<Job> {
    if (this.stopping.signal.aborted) throw fail('SERVER_NOT_READY', 'This server stops: ask another one.');
    if (this.waiting >= this.options.maxQueuedJobs)
      throw fail('SERVER_OVERLOADED', `${this.waiting} researches wait already: retry later.`);
    this.waiting++;
    try {
      const { job } = await this.store.createJob(
        { id: randomUUID(), kind: researchJobKind, input: asked },
        this.storeContext(),
      );
      return job;
    } catch (error) {
      this.waiting--;
      throw error;
    } finally {
      this.wake();
    }
  }

  /** Resolves when no accepted job is left. */
  async idle(): Promise<void> {
    while (this.workers.size > 0) await Promise.all(this.workers);
  }

  private wake(): void {
    if (this.workers.size >= this.options.jobsAtOnce || this.stopping.signal.aborted) return;
    const worker = this.work().catch((error: unknown) => {
      this.logger.error({ msg: 'A worker of research jobs ended', err: error });
    });
    this.workers.add(worker);
    void worker.finally(() => this.workers.delete(worker));
  }

  private async work(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const job = await this.store.claimJob([researchJobKind], this.storeContext());
      if (job === undefined) return;
      this.waiting = Math.max(0, this.waiting - 1);
      await this.run(job);
    }
  }

  private async run(job: Job): Promise<void> {
    const cancelled = this.running.begin(job.id);
    const change = await this.answer(job, AbortSignal.any([cancelled, this.stopping.signal])).then(
      (answer) => ({ state: 'succeeded' as const, result: toWireAnswer(answer), progress: progressOf(answer) }),
      (error: unknown) => ({ state: 'failed' as const, problem: toProblem(error) }),
    );
    this.running.end(job.id);
    // A job that the shutdown interrupted stays `running` in the store, and is queued again at the next start.
    if (change.state === 'failed' && this.stopping.signal.aborted) return;
    const context = callContext(storeCallMs);
    const now = await this.store.findJob(job.id, context);
    if (now?.state === 'running') await this.store.updateJob(job.id, change, context);
  }

  private async answer({ input }: Job, signal: AbortSignal): Promise<ResearchAnswer> {
    const asked = input as ResearchQuestion;
    const context = callContext(researchTimeoutMs(asked.budget), signal);
    return await this.research.ask(asked, { ...asker, collection: asked.collection }, context);
  }

  private storeContext(): CallContext {
    return callContext(storeCallMs, this.stopping.signal);
  }
}

function progressOf({ budgetUsed: { searches } }: ResearchAnswer): Job['progress'] {
  return { done: searches, total: searches, unit: 'searches' };
}
