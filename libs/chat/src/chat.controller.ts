import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { RequireScope } from '@acervo/identity';
import { callContext, type CallContext } from '@acervo/kernel';
import { CallContextOf } from '@acervo/search';
import { RateLimited } from '@acervo/throttle';

import { askerOf, ownerOf } from './asker';
import { chatOptionsToken, type ChatOptions } from './chat-options';
import { chatExamples } from './chat.examples';
import { chatAnswerSchema, chatRequestSchema, type ChatAnswer, type ChatRequest } from './chat.schema';
import { ChatService, type ChatEvent, type ChatStream } from './chat.service';
import {
  eventStream,
  foundStream,
  lastEventOf,
  sendEvents,
  streamIdSchema,
  wantsStream,
  type WireEvent,
} from './send-events';

@ApiTags('chat')
@Controller('chat')
@RequireScope('chat')
@RateLimited('chat')
export class ChatController {
  constructor(
    private readonly chats: ChatService,
    @Inject(chatOptionsToken) private readonly options: ChatOptions,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Ask, and get an answer with citations', operationId: 'chat' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Goes on with a stream after this event' })
  @ApiBody({ schema: {}, examples: chatExamples })
  @ApiProduces('application/json', eventStream)
  @ApiOkResponse({
    description:
      'The answer; with `stream` or `Accept: text/event-stream` the events `sources`, `delta`, `citation`, `done` or `error`',
    standardSchema: chatAnswerSchema,
  })
  async ask(
    @Body({ schema: chatRequestSchema }) body: ChatRequest,
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') seen: string | undefined,
    @CallContextOf() given: CallContext | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChatAnswer | undefined> {
    const context = given ?? callContext(this.options.timeoutMs);
    if (seen !== undefined) {
      await this.resume(seen, request, response, context);
      return undefined;
    }
    const asker = askerOf(request, body.collection, this.options.defaultCollection);
    const isStream = wantsStream(body.stream, accept);
    if (!isStream) return await this.chats.ask({ ...body, stream: false }, asker, context);
    await this.send(await this.chats.begin({ ...body, stream: true }, asker, context), 0, response, context);
    return undefined;
  }

  @Get('streams/:id')
  @ApiOperation({ summary: 'Read a stream again, for a minute after its end', operationId: 'resumeChat' })
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
    await this.resume(seen ?? id, request, response, given ?? callContext(this.options.timeoutMs));
  }

  private async resume(seen: string, request: Request, response: Response, context: CallContext): Promise<void> {
    const { id, from } = lastEventOf(seen);
    const stream = foundStream(this.chats.find(id, ownerOf(request)));
    await this.send(stream, from, response, context);
  }

  private async send(stream: ChatStream, from: number, response: Response, context: CallContext): Promise<void> {
    const events = this.chats.read(stream, context, from);
    await sendEvents(events, {
      streamId: stream.id,
      wire: toWire,
      response,
      heartbeatMs: this.options.heartbeatMs,
      context,
    });
  }
}

/** `done` carries the answer as JSON clients get it, `citation` the citation. */
function toWire(event: ChatEvent): WireEvent {
  const { type, ...data } = event;
  if (event.type === 'done') return { type, data: event.answer };
  return { type, data: event.type === 'citation' ? event.citation : data };
}
