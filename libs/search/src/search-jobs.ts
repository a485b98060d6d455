/**
 * Searches off the request path.
 *
 * A job is stored first, then claimed by one of a few workers of this process; jobs left by a process that died are
 * claimed at the next start. The queue is bounded by what this process accepted and did not finish. A job that is
 * cancelled while it runs ends at once, through the signal of `RunningJobs`.
 */
import { randomUUID } from 'node:crypto';

import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { callContext } from '@acervo/kernel';
import { fail, toProblem } from '@acervo/problem';
import { DocumentStore, RunningJobs, type Job } from '@acervo/store';

import { KeptAnswers } from './kept-answers';
import { searchOptionsToken, type SearchOptions } from './search-options';
import { searchRequestSchema, type SearchRequest } from './search.schema';
import { SearchService } from './search.service';

const searchJobKind = 'search';

@Injectable()
export class SearchJobs implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('SearchJobs');
  private readonly stopping = new AbortController();
  private readonly workers = new Set<Promise<void>>();
  private waiting = 0;

  constructor(
    private readonly store: DocumentStore,
    private readonly service: SearchService,
    private readonly running: RunningJobs,
    private readonly kept: KeptAnswers,
    @Inject(searchOptionsToken) private readonly options: SearchOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.runsJobs) this.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.workers);
  }

  /** Errors: SERVER_OVERLOADED, STORE_UNAVAILABLE. */
  async enqueue(request: SearchRequest): Promise<Job> {
    if (this.stopping.signal.aborted) throw fail('SERVER_NOT_READY', 'This server stops: ask another one.');
    if (this.waiting >= this.options.maxQueuedJobs) {
      throw fail('SERVER_OVERLOADED', `${this.waiting} search jobs wait already: retry later.`);
    }
    this.waiting++;
    try {
      const { job } = await this.store.createJob(
        { id: randomUUID(), kind: searchJobKind, input: request },
        this.context(),
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
    if (this.workers.size >= this.options.concurrency || this.stopping.signal.aborted) return;
    const worker = this.work().catch((error: unknown) => {
      this.logger.error({ msg: 'A worker of search jobs ended', err: error });
    });
    this.workers.add(worker);
    void worker.finally(() => this.workers.delete(worker));
  }

  private async work(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const job = await this.store.claimJob([searchJobKind], this.context());
      if (job === undefined) return;
      this.waiting = Math.max(0, this.waiting - 1);
      await this.run(job);
    }
  }

  private async run(job: Job): Promise<void> {
    const cancelled = this.running.begin(job.id);
    const change = await this.answer(job.input, AbortSignal.any([cancelled, this.stopping.signal])).then(
      (result) => ({ state: 'succeeded' as const, result, progress: { done: 1, total: 1, unit: 'searches' } }),
      (error: unknown) => ({ state: 'failed' as const, problem: toProblem(error) }),
    );
    this.running.end(job.id);
    // A job that the shutdown interrupted stays `running` in the store, and is queued again at the next start.
    if (change.state === 'failed' && this.stopping.signal.aborted) return;
    const context = callContext(this.options.timeoutMs);
    const now = await this.store.findJob(job.id, context);
    if (now?.state === 'running') await this.store.updateJob(job.id, change, context);
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

  private context(): ReturnType<typeof callContext> {
    return callContext(this.options.timeoutMs, this.stopping.signal);
  }
}
