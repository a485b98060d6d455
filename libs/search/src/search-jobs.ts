/** Searches off the request path. */
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { callContext } from '@acervo/kernel';
import { DocumentStore, JobWorkers, RunningJobs, type Job } from '@acervo/store';

import { KeptAnswers } from './kept-answers';
import { searchOptionsToken, type SearchOptions } from './search-options';
import { searchRequestSchema, type SearchRequest } from './search.schema';
import { SearchService } from './search.service';

@Injectable()
export class SearchJobs implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('SearchJobs');
  private readonly workers: JobWorkers;

  constructor(
    store: DocumentStore,
    private readonly service: SearchService,
    running: RunningJobs,
    private readonly kept: KeptAnswers,
    @Inject(searchOptionsToken) private readonly options: SearchOptions,
  ) {
    this.workers = new JobWorkers(store, running, {
      kind: 'search',
      plural: 'search jobs',
      workers: options.concurrency,
      maxQueued: options.maxQueuedJobs,
      storeCallMs: options.timeoutMs,
      perform: async (input, signal) => ({
        result: await this.answer(input, signal),
        progress: { done: 1, total: 1, unit: 'searches' },
      }),
      onWorkerEnded: (cause) => {
        this.logger.error({ msg: 'A worker of search jobs ended', err: cause });
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
  async enqueue(request: SearchRequest): Promise<Job> {
    return await this.workers.enqueue(request);
  }

  /** Resolves when no accepted job is left. */
  async idle(): Promise<void> {
    await this.workers.idle();
  }

  private async answer(input: unknown, signal: AbortSignal): Promise<unknown> {
    const context = callContext(this.options.timeoutMs, signal);
    const request = searchRequestSchema.parse(input);
    const kept = await this.kept.find([request], {}, context);
    if (kept.answers[0] !== undefined) return kept.answers[0];
    const { answer } = await this.service.search(request, context, 'background');
    kept.keep(0, answer);
    return answer;
  }
}
