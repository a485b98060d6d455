import { Controller, Delete, Get, Inject, Param, Sse, type MessageEvent } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { from, interval, map, merge, Observable, share, takeUntil, last } from 'rxjs';
import { z } from 'zod';

import { ClientOf, RequireScope, type Client } from '@acervo/identity';
import { callContext, type CallContext } from '@acervo/kernel';
import { toProblem } from '@acervo/problem';
import { CallContextOf } from '@acervo/search';
import type { Job } from '@acervo/store';

import { toJobView } from './document-view';
import { assertMaySee } from './job-access';
import { ingestOptionsToken, type IngestModuleOptions } from './ingest-options';
import { JobRunner } from './job-runner.service';
import { JobWatcher } from './job-watcher';

const jobIdSchema = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'The id that an accepted request answered with')
  .meta({ example: '5d1a6f0e-6f0c-4a43-9a5e-0d9b9a3c1f11' });

const jobSchema = z.object({
  id: z.string(),
  kind: z.string().meta({ example: 'ingest' }),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  progress: z.object({ done: z.number(), total: z.number(), unit: z.string() }),
  result: z.unknown().optional(),
  problem: z.looseObject({ code: z.string(), detail: z.string() }).optional().meta({ description: 'RFC 9457' }),
  created_at: z.string(),
  updated_at: z.string(),
});

@ApiTags('jobs')
@RequireScope('search', 'chat', 'ingest')
@Controller('jobs')
export class JobsController {
  constructor(
    private readonly watcher: JobWatcher,
    private readonly runner: JobRunner,
    @Inject(ingestOptionsToken) private readonly options: IngestModuleOptions,
  ) {}

  @Get(':id')
  @ApiOperation({ summary: 'How far a job is, and its result', operationId: 'getJob' })
  @ApiOkResponse({ description: 'The job', standardSchema: jobSchema })
  async find(
    @Param('id', { schema: jobIdSchema }) id: string,
    @ClientOf() client: Client,
    @CallContextOf() context: CallContext | undefined,
  ): Promise<object> {
    return toJobView(await this.findFor(client, id, context));
  }

  @Sse(':id/events')
  @ApiOperation({ summary: 'The job as a stream of server-sent events', operationId: 'followJob' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description:
      'An event `job` after each change, a comment line as heartbeat every 15 s; ends with the job, or with an event `error` when the server stops',
  })
  async follow(
    @Param('id', { schema: jobIdSchema }) id: string,
    @ClientOf() client: Client,
  ): Promise<Observable<MessageEvent>> {
    // An unknown job is answered as a problem, before the stream begins.
    await this.findFor(client, id);
    const events = new Observable<MessageEvent>((subscriber) => {
      const gone = new AbortController();
      const changes = from(this.watcher.follow(id, gone.signal)).pipe(
        map((job): MessageEvent => ({ type: 'job', data: toJobView(job) })),
        share(),
      );
      const beats = interval(this.options.heartbeatMs).pipe(
        map((): MessageEvent => ({ comment: 'heartbeat' })),
        takeUntil(changes.pipe(last(undefined, null))),
      );
      const subscription = merge(changes, beats).subscribe(subscriber);
      const onLeaving = (): void => {
        subscriber.next({ type: 'error', data: toProblem(this.options.leaving.reason) });
        subscriber.complete();
      };
      this.options.leaving.addEventListener('abort', onLeaving, { once: true });
      return () => {
        this.options.leaving.removeEventListener('abort', onLeaving);
        gone.abort();
        subscription.unsubscribe();
      };
    });
    return events;
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Cancel a job that has not ended', operationId: 'cancelJob' })
  @ApiOkResponse({ description: 'The cancelled job', standardSchema: jobSchema })
  async cancel(@Param('id', { schema: jobIdSchema }) id: string, @ClientOf() client: Client): Promise<object> {
    await this.findFor(client, id);
    return toJobView(await this.runner.cancel(id));
  }

  /** Errors: JOB_NOT_FOUND, AUTH_FORBIDDEN. */
  private async findFor(client: Client, id: string, context?: CallContext): Promise<Job> {
    const job = await this.watcher.find(id, context ?? callContext(this.options.requestTimeoutMs));
    assertMaySee(client, job, this.options.defaultCollection);
    return job;
  }
}
