import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { RequireScope } from '@acervo/identity';
import { callContext, type CallContext } from '@acervo/kernel';
import { toOpenAiError, toProblem } from '@acervo/problem';
import { CallContextOf } from '@acervo/search';
import { RateLimited } from '@acervo/throttle';

import { askerOf } from '../asker';
import { chatOptionsToken, type ChatOptions } from '../chat-options';
import { SseWriter } from '../sse-writer';
import { toChunks, toCompletion, type CompletionHead } from './chat-completion';
import {
  chatCompletionRequestSchema,
  chatCompletionSchema,
  type ChatCompletion,
  type ChatCompletionRequest,
} from './chat-completion.schema';
import { CompletionSource } from './completion-source';
import { chatCompletionExamples } from './openai-face.examples';
import { toChatModel } from './openai-models';

/** A research takes as much of the limit as three chats: 30 and 10 a minute unless it is configured otherwise. */
function weightOf(body: unknown): number {
  return typeof body === 'object' && body !== null && 'model' in body && body.model === 'acervo-research' ? 3 : 1;
}

@ApiTags('openai')
@Controller('v1/chat/completions')
@RequireScope('chat')
@RateLimited('chat', weightOf)
export class ChatCompletionsController {
  constructor(
    private readonly source: CompletionSource,
    @Inject(chatOptionsToken) private readonly options: ChatOptions,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Chat, for clients of OpenAI', operationId: 'createChatCompletion' })
  @ApiBody({ schema: {}, examples: chatCompletionExamples })
  @ApiProduces('application/json', 'text/event-stream')
  @ApiOkResponse({
    description: 'The answer; with `stream` its pieces as `chat.completion.chunk`, and `[DONE]`',
    standardSchema: chatCompletionSchema,
  })
  async create(
    @Body({ schema: chatCompletionRequestSchema }) body: ChatCompletionRequest,
    @CallContextOf() given: CallContext | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChatCompletion | undefined> {
    const context = given ?? callContext(this.options.timeoutMs);
    const model = toChatModel(body.model);
    const asker = askerOf(request, body.collection, this.options.defaultCollection);
    const { id, events } = await this.source.begin(model, body, asker, context);
    const head: CompletionHead = {
      ...{ id: `chatcmpl-${id}`, model, created: Math.floor(Date.now() / 1_000) },
      origin: `${request.protocol}://${request.get('host') ?? 'localhost'}`,
    };
    if (body.stream !== true) {
      for await (const event of events) if (event.type === 'done') return toCompletion(event.answer, head);
      throw new Error('A run ended without an answer');
    }
    const chunks = toChunks(events, head, body.stream_options?.include_usage === true);
    await sendChunks(chunks, response, this.options.heartbeatMs, context);
    return undefined;
  }
}

/** What fails before the first piece is answered with its status, what fails later as an `error` in the stream. */
async function sendChunks(
  chunks: AsyncGenerator<object>,
  response: Response,
  heartbeatMs: number,
  context: CallContext,
): Promise<void> {
  const first = await chunks.next();
  const writer = new SseWriter(response, heartbeatMs);
  try {
    for (let next = first; next.done !== true; next = await chunks.next())
      await writer.sendData(JSON.stringify(next.value), context);
    await writer.sendData('[DONE]', context);
  } catch (error) {
    if (!response.destroyed) {
      const problem = toProblem(error, { instance: response.req.originalUrl, requestId: response.req.id });
      await writer.sendData(JSON.stringify(toOpenAiError(problem)), callContext(1_000)).catch(() => undefined);
    }
  } finally {
    await chunks.return(undefined);
    writer.end();
  }
}
