import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';

import { RequireScope } from '@acervo/identity';
import { callContext, type CallContext } from '@acervo/kernel';
import { CallContextOf, prefersAsync } from '@acervo/search';
import { RateLimited } from '@acervo/throttle';

import { askerOf, ownerOf } from '../asker';
import { eventStream, foundStream, lastEventOf, sendEvents, streamIdSchema, wantsStream } from '../send-events';
import type { ResearchQuestion } from './research';
import { ResearchJobs } from './research-jobs';
import { researchOptionsToken, researchTimeoutMs, type ResearchOptions } from './research-options';
import { researchExamples } from './research.examples';
import {
  grantBudget,
  researchAnswerSchema,
  researchRequestSchema,
  toWireAnswer,
  toWireEvent,
  type ResearchRequest,
  type ResearchWireAnswer,
} from './research.schema';
import { ResearchService, type ResearchStream } from './research.service';

interface AcceptedJob {
  readonly job_id: string;
}

@ApiTags('research')
@Controller('research')
@RequireScope('chat')
@RateLimited('research')
export class ResearchController {
  constructor(
    private readonly researches: ResearchService,
    private readonly jobs: ResearchJobs,
    @Inject(researchOptionsToken) private readonly options: ResearchOptions,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Ask what takes more than one search, and get a cited report', operationId: 'research' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Goes on with a stream after this event' })
  @ApiHeader({ name: 'Prefer', required: false, example: 'respond-async', description: 'Answer 202 with a job' })
  @ApiBody({ schema: {}, examples: researchExamples })
  @ApiProduces('application/json', eventStream)
  @ApiOkResponse({
    description:
      'The report; with `stream` or `Accept: text/event-stream` the events `plan`, `search`, `finding`, `report`, `done` or `error`',
    standardSchema: researchAnswerSchema,
  })
  @ApiAcceptedResponse({
    description: 'The report will be the `result` of the job at `Location`',
    standardSchema: z.object({ job_id: z.string() }),
  })
  async ask(
    @Body({ schema: researchRequestSchema }) body: ResearchRequest,
    @Headers('accept') accept: string | undefined,
    @Headers('prefer') prefer: string | undefined,
    @Headers('last-event-id') seen: string | undefined,
    @CallContextOf() given: CallContext | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ResearchWireAnswer | AcceptedJob | undefined> {
    const context = given ?? callContext(researchTimeoutMs(this.options.caps));
    if (seen !== undefined) {
      await this.resume(seen, request, response, context);
      return undefined;
    }
    const asker = askerOf(request, body.collection, this.options.defaultCollection);
    const asked: ResearchQuestion = {
      question: body.question,
      collection: asker.collection,
      ...(body.filters && { filters: body.filters }),
      budget: grantBudget(body.budget, this.options.caps),
    };
    if (prefersAsync(prefer)) {
      const { id } = await this.jobs.enqueue(asked);
      response.status(202).setHeader('Location', `/jobs/${id}`).setHeader('Preference-Applied', 'respond-async');
      return { job_id: id };
    }
    const isStream = wantsStream(body.stream, accept);
    if (!isStream) return toWireAnswer(await this.researches.ask(asked, asker, context));
    const reading = { keepsAfterEnd: true, goesOnAlone: body.resumable };
    await this.send(await this.researches.begin(asked, asker, context, reading), 0, response, context);
    return undefined;
  }

  @Get('streams/:id')
  @ApiOperation({ summary: 'Read a stream again, for a minute after its end', operationId: 'resumeResearch' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Leaves out what came before and this event' })
  @ApiProduces(eventStream)
  @ApiOkResponse({ description: 'The events of the stream' })
  async follow(
    @Param('id', { schema: streamIdSchema }) id: string,
    @Headers('last-event-id') seen: string | undefined,
    @CallContextOf() given: CallContext | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.resume(seen ?? id, request, response, given ?? callContext(researchTimeoutMs(this.options.caps)));
  }

  private async resume(seen: string, request: Request, response: Response, context: CallContext): Promise<void> {
    const { id, from } = lastEventOf(seen);
    const stream = foundStream(this.researches.find(id, ownerOf(request)));
    await this.send(stream, from, response, context);
  }

  private async send(stream: ResearchStream, from: number, response: Response, context: CallContext): Promise<void> {
    const events = this.researches.read(stream, context, from);
    const { heartbeatMs } = this.options;
    await sendEvents(events, { streamId: stream.id, wire: toWireEvent, response, heartbeatMs, context });
  }
}
