/** Researches as jobs of the process that writes. */
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { callContext } from '@acervo/kernel';
import { DocumentStore, JobWorkers, RunningJobs, type Job, type JobOutcome } from '@acervo/store';

import type { ResearchQuestion } from './research';
import { researchOptionsToken, researchTimeoutMs, type ResearchOptions } from './research-options';
import { toWireAnswer } from './research.schema';
import { ResearchService } from './research.service';

const storeCallMs = 15_000;
/** Nobody who asks: what a job finds belongs to its job. */
const asker = { owner: 'jobs', headers: {} };

@Injectable()
export class ResearchJobs implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ResearchJobs');
  private readonly workers: JobWorkers;

  constructor(
    store: DocumentStore,
    private readonly research: ResearchService,
    running: RunningJobs,
    @Inject(researchOptionsToken) private readonly options: ResearchOptions,
  ) {
    this.workers = new JobWorkers(store, running, {
      kind: 'research',
      plural: 'researches',
      workers: options.jobsAtOnce,
      maxQueued: options.maxQueuedJobs,
      storeCallMs,
      perform: async (input, signal) => this.perform(input as ResearchQuestion, signal),
      onWorkerEnded: (cause) => {
        this.logger.error({ msg: 'A worker of research jobs ended', err: cause });
      },
    });
  }

  onApplicationBootstrap(): void {
    if (this.options.runsJobs) this.workers.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.workers.stop();
  }

  /** Errors: SERVER_OVERLOADED, SERVER_NOT_READY, STORE_UNAVAILABLE. */
  async enqueue(asked: ResearchQuestion): Promise<Job> {
    return await this.workers.enqueue(asked);
  }

  /** Resolves when no accepted job is left. */
  async idle(): Promise<void> {
    await this.workers.idle();
  }

  private async perform(asked: ResearchQuestion, signal: AbortSignal): Promise<JobOutcome> {
    const context = callContext(researchTimeoutMs(asked.budget), signal);
    const answer = await this.research.ask(asked, { ...asker, collection: asked.collection }, context);
    const { searches } = answer.budgetUsed;
    return { result: toWireAnswer(answer), progress: { done: searches, total: searches, unit: 'searches' } };
  }
}
