/**
 * Takes ingestion jobs from the store and runs a few at a time.
 *
 * Jobs for the same document run in the order in which they were accepted. A job that the process did not finish goes
 * back to the queue at the next start; running it twice does no harm, for a document replaces itself. While the store or
 * the vector index is away a job waits for it; other retryable failures are tried again a few times. A job that was
 * claimed too often is given up: it may be what brings the process down.
 */
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';

import { callContext, DomainError, type CallContext } from '@acervo/kernel';
import { fail, toProblem } from '@acervo/problem';
import { inTrace } from '@acervo/tracing';
import { DocumentStore, RunningJobs, type Job, type JobTarget } from '@acervo/store';

import { hasEnded, ingestJobKind, type IngestJobInput, type IngestJobResult } from './ingest-job';
import { ingestOptionsToken, type IngestModuleOptions } from './ingest-options';
import { Ingester } from './ingester';
import { JobWatcher } from './job-watcher';
import { untilEnginesAnswer, withRetries } from './retries';
import { UploadSpool } from './upload-spool';

const storeCallMs = 15_000;
const progressEveryMs = 500;
/** When nobody wakes the runner: jobs that another process accepted, and a store that was away. */
const pollMs = 2_000;
const maxAttempts = 8;

@Injectable()
export class JobRunner implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('JobRunner');
  private readonly stopping = new AbortController();
  private readonly works = new Map<string, Promise<void>>();
  private readonly documents = new Map<string, Promise<void>>();
  private loop: Promise<void> = Promise.resolve();
  private wakeUp: () => void = () => undefined;

  constructor(
    private readonly store: DocumentStore,
    private readonly ingester: Ingester,
    private readonly spool: UploadSpool,
    private readonly watcher: JobWatcher,
    private readonly running: RunningJobs,
    @Inject(ingestOptionsToken) private readonly options: IngestModuleOptions,
  ) {}

  /** Before any runner claims: what a dead process left running is queued again, what no job needs is swept. */
  async onModuleInit(): Promise<void> {
    await this.spool.prepare();
    if (!this.options.runsJobs) return;
    await this.store.requeueInterruptedJobs(this.storeContext());
    const removed = await this.spool.sweep(async (id) => {
      const job = await this.store.findJob(id, this.storeContext());
      return job !== undefined && !hasEnded(job);
    }, this.options.spoolGraceMs);
    if (removed > 0) this.logger.log({ msg: 'Swept uploads that no job needs', removed });
  }

  onApplicationBootstrap(): void {
    if (this.options.runsJobs) this.loop = this.run();
  }

  /** Stops claiming, ends the work under way; the store keeps those jobs for the next start. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    this.wakeUp();
    await this.loop;
    await Promise.all(this.works.values());
  }

  /** Says that a job was queued. */
  wake(): void {
    this.wakeUp();
  }

  /** A job of any kind. Errors: JOB_NOT_FOUND, JOB_ALREADY_ENDED. A job that has committed but not ended yet keeps what it wrote. */
  async cancel(id: string): Promise<Job> {
    await this.watcher.find(id, this.storeContext());
    const problem = toProblem(fail('JOB_CANCELLED'));
    await this.store.updateJob(id, { state: 'cancelled', problem }, this.storeContext());
    await this.drop(id);
    return await this.watcher.find(id, this.storeContext());
  }

  /**
   * Cancels the jobs that would write `target`, as a removal must before it removes: how many. None of them commits any
   * more, and what one had committed is visible when this resolves.
   */
  async cancelAllOf(target: JobTarget, context: CallContext): Promise<number> {
    const problem = toProblem(fail('JOB_CANCELLED', 'The document was removed before it was read.', { ...target }));
    const ids = await this.store.cancelJobs(target, problem, context);
    for (const id of ids) await this.drop(id);
    return ids.length;
  }

  /** Ends the work for a job that was cancelled in the store. */
  private async drop(id: string): Promise<void> {
    this.watcher.tell(id);
    if (!this.running.abort(id)) await this.spool.remove(id);
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const woken = new Promise<void>((resolve) => (this.wakeUp = resolve));
      const job = this.works.size < this.options.concurrency ? await this.claim() : undefined;
      if (job === undefined) await this.pause(woken);
      else this.start(job);
    }
  }

  private async claim(): Promise<Job | undefined> {
    try {
      return await this.store.claimJob([ingestJobKind], this.storeContext());
    } catch (error) {
      this.logger.error({ msg: 'No job can be claimed now', err: error });
      return undefined;
    }
  }

  private async pause(woken: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([woken, new Promise<void>((resolve) => (timer = setTimeout(resolve, pollMs)))]);
    clearTimeout(timer);
  }

  private start(job: Job): void {
    const cancelled = this.running.begin(job.id);
    const { collection, item } = job.input as IngestJobInput;
    const key = JSON.stringify([collection, item.id]);
    const before = this.documents.get(key) ?? Promise.resolve();
    const work = before
      .then(() => this.runJob(job, AbortSignal.any([cancelled, this.stopping.signal])))
      .catch((error: unknown) => {
        this.logger.error({ msg: 'The outcome of a job could not be stored', job: job.id, err: error });
      })
      .finally(() => {
        this.running.end(job.id);
        this.works.delete(job.id);
        if (this.documents.get(key) === work) this.documents.delete(key);
        this.wakeUp();
      });
    this.documents.set(key, work);
    this.works.set(job.id, work);
    this.watcher.tell(job.id);
  }

  private async runJob(job: Job, signal: AbortSignal): Promise<void> {
    const context = callContext(this.options.jobTimeoutMs, signal);
    const change = await inTrace('ingest', async () => this.outcomeOf(job, context), { 'acervo.job': job.id }).then(
      (result) => ({ state: 'succeeded' as const, result }),
      (error: unknown) => ({ state: 'failed' as const, problem: toProblem(error), error }),
    );
    // What the shutdown interrupted stays `running` in the store and is queued again at the next start.
    if (change.state === 'failed' && this.stopping.signal.aborted) return;
    if ('error' in change && !(change.error instanceof DomainError)) {
      this.logger.error({ msg: 'A job failed unexpectedly', job: job.id, err: change.error });
    }
    const { state, ...rest } = 'error' in change ? { state: change.state, problem: change.problem } : change;
    if (await this.finish(job.id, { state, ...rest })) await this.spool.remove(job.id);
    this.watcher.tell(job.id);
  }

  /** False when another process has taken the job on, because this one was away too long: it needs the upload. */
  private async finish(id: string, change: Parameters<DocumentStore['updateJob']>[1]): Promise<boolean> {
    // A process that stops still tells the outcome, but does not wait for an engine that is away.
    const patience = callContext(this.options.jobTimeoutMs, this.stopping.signal);
    try {
      await untilEnginesAnswer(() => this.store.updateJob(id, change, this.storeContext()), patience);
      return true;
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'JOB_ALREADY_ENDED')) throw error;
      const job = await untilEnginesAnswer(() => this.store.findJob(id, this.storeContext()), patience);
      return job === undefined || hasEnded(job);
    }
  }

  private async outcomeOf(job: Job, context: CallContext): Promise<IngestJobResult> {
    if (job.attempts > maxAttempts) {
      throw fail('DOCUMENT_UNREADABLE', `The server was interrupted ${maxAttempts} times while it worked on this job.`);
    }
    return await withRetries(() => untilEnginesAnswer(() => this.ingestOnce(job, context), context), context);
  }

  private async ingestOnce(job: Job, context: CallContext): Promise<IngestJobResult> {
    const { collection, item } = job.input as IngestJobInput;
    await this.ingester.ensureCollection(collection, context);
    const outcomes = this.ingester.ingest(collection, [{ ...item, path: this.spool.pathOf(job.id) }], context, {
      job: job.id,
      onEmbedded: this.progressReporter(job.id),
    });
    for await (const outcome of outcomes) {
      switch (outcome.type) {
        case 'skipped':
          throw outcome.error;
        case 'duplicate':
          return { document_id: outcome.of, outcome: 'duplicate' };
        case 'unchanged':
          return { document_id: outcome.id, outcome: 'unchanged' };
        case 'indexed':
          return { document_id: outcome.id, outcome: 'indexed', chunks: outcome.chunks };
      }
    }
    throw new Error('The pipeline gave no outcome for a document.');
  }

  private progressReporter(id: string): (done: number, total: number) => void {
    let reportedMs = -Infinity;
    return (done, total) => {
      const nowMs = performance.now();
      if (nowMs - reportedMs < progressEveryMs) return;
      reportedMs = nowMs;
      this.store.updateJob(id, { progress: { done, total, unit: 'chunks' } }, this.storeContext()).then(
        () => {
          this.watcher.tell(id);
        },
        (error: unknown) => {
          const hasJobEnded = error instanceof DomainError && error.code === 'JOB_ALREADY_ENDED';
          if (!hasJobEnded) this.logger.warn({ msg: 'Progress could not be stored', job: id, err: error });
        },
      );
    };
  }

  private storeContext(): CallContext {
    return callContext(storeCallMs);
  }
}
