/**
 * Chats: conversations that are kept, equal questions answered once, streams that can be read again.
 *
 * An answer is made by a run, which tells about itself in events. JSON answers and streams read the same run; equal
 * questions whose answer is the same for everybody share one.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { Inject, Injectable } from '@nestjs/common';

import type { CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { SearchService } from '@acervo/search';

import type { Answer, AnswerEvent, CitableSource, Citation } from './answer';
import { AnswerMemory, replay, type KeptAnswer } from './answer-memory';
import { Answerer, type Question } from './answerer';
import { chatOptionsToken, type ChatOptions } from './chat-options';
import type { ChatAnswer, ChatRequest } from './chat.schema';
import { ConversationStore } from './conversations/conversation-store';
import { EventRun } from './event-run';
import { LanguageModel, type ChatMessage } from './language-model';
import type { RunPlace } from './run-memory';
import { SharedRuns } from './shared-runs';
import { StreamTable, type KeptStream } from './stream-table';

/** Who asks. */
export interface Asker {
  /** Whose conversations these are. */
  readonly owner: string;
  readonly headers: Pick<IncomingHttpHeaders, 'cache-control' | 'pragma'>;
  /** The collection's name as the store knows it. */
  readonly collection: string;
}

export type ChatEvent =
  Exclude<AnswerEvent, { readonly type: 'done' }> | { readonly type: 'done'; readonly answer: ChatAnswer };

export interface ChatStream extends KeptStream<AnswerEvent> {
  readonly conversationId: string;
  readonly collection: string;
  readonly question: string;
  /** The conversation is kept here. */
  readonly isKept: boolean;
  /** Undefined: nobody read it to its end yet, or keeping it failed. */
  saving: Promise<void> | undefined;
}

export interface NumberedEvent {
  readonly event: ChatEvent;
  readonly number: number;
}

/** Of the messages kept here, what a model is shown. */
const maxHistoryMessages = 20;

@Injectable()
export class ChatService {
  private readonly answerer: Answerer;
  private readonly shared = new SharedRuns<AnswerEvent>();
  private readonly streams: StreamTable<AnswerEvent, ChatStream>;

  constructor(
    search: SearchService,
    private readonly model: LanguageModel,
    private readonly memory: AnswerMemory,
    private readonly conversations: ConversationStore,
    @Inject(chatOptionsToken) private readonly options: ChatOptions,
  ) {
    this.answerer = new Answerer(search, model, { supportPolicy: options.supportPolicy });
    this.streams = new StreamTable(options.maxStreams, options.streamKeepMs);
  }

  /** Errors: those of `Answerer.answer`, CONVERSATION_NOT_FOUND. */
  async ask(request: ChatRequest, asker: Asker, context: CallContext): Promise<ChatAnswer> {
    for await (const { event } of this.read(await this.begin(request, asker, context), context))
      if (event.type === 'done') return event.answer;
    throw new Error('A run ended without an answer');
  }

  /** A stream that can be read, and read again by its id. Errors before the first event: those of `ask`. */
  async begin(request: ChatRequest, asker: Asker, context: CallContext): Promise<ChatStream> {
    const { question, conversationId } = await this.questionOf(request, asker);
    const place = await this.memory.place(question, this.model, asker.headers, context);
    const run = this.runOf(question, place, request);
    const [asked] = question.messages.slice(-1);
    return this.streams.add((id) => ({
      ...{ id, owner: asker.owner, conversationId, collection: asker.collection, run },
      question: asked?.content ?? '',
      isKept: request.messages === undefined,
      keepsAfterEnd: request.stream === true,
      saving: undefined,
    }));
  }

  /** Undefined: there is no such stream, any more, or it is not the asker's. */
  find(id: string, owner: string): ChatStream | undefined {
    return this.streams.find(id, owner);
  }

  /** @param from number of the first event wanted */
  async *read(stream: ChatStream, context: CallContext, from = 0): AsyncGenerator<NumberedEvent> {
    try {
      for await (const { event, number } of stream.run.read(context, from)) {
        if (event.type !== 'done') yield { event, number };
        else yield { event: { type: 'done', answer: await this.finish(stream, event.answer) }, number };
      }
    } finally {
      this.streams.release(stream);
    }
  }

  private async questionOf(
    request: ChatRequest,
    { owner, collection }: Asker,
  ): Promise<{ question: Question; conversationId: string }> {
    const { message = '', messages, conversation_id: given, filters } = request;
    const history = given === undefined ? [] : await this.historyOf(owner, given);
    const all = messages ?? [...history, { role: 'user' as const, content: message }];
    const question = {
      messages: all as [...ChatMessage[], ChatMessage],
      filters,
      maxResults: request.max_results,
      collection,
      temperature: request.temperature ?? this.options.temperature,
      maxTokens: Math.min(request.max_tokens ?? this.options.maxTokens, this.options.maxTokens),
    };
    return { question, conversationId: given ?? randomUUID() };
  }

  private async historyOf(owner: string, id: string): Promise<ChatMessage[]> {
    const conversation = await this.conversations.find(owner, id);
    if (conversation === undefined)
      throw fail(
        'CONVERSATION_NOT_FOUND',
        `There is no conversation "${id}", or it has ended: leave conversation_id out.`,
      );
    return conversation.messages.slice(-maxHistoryMessages).map(({ role, content }) => ({ role, content }));
  }

  private runOf(
    question: Question,
    place: RunPlace<KeptAnswer> | undefined,
    request: ChatRequest,
  ): EventRun<AnswerEvent> {
    const options = { timeoutMs: this.options.timeoutMs, goesOnAlone: request.stream === true && request.resumable };
    const kept = place?.kept;
    if (kept !== undefined) return new EventRun(() => replay(kept), options);
    const work = (within: CallContext): AsyncIterable<AnswerEvent> => this.work(question, place, within);
    if (place === undefined) return new EventRun(work, options);
    return this.shared.join(place.key, () => new EventRun(work, options));
  }

  private async *work(
    question: Question,
    place: RunPlace<KeptAnswer> | undefined,
    context: CallContext,
  ): AsyncGenerator<AnswerEvent> {
    let found: { question: string; generation: number; sources: readonly CitableSource[] } | undefined;
    for await (const event of this.answerer.answer(question, context)) {
      if (event.type === 'sources') found = event;
      if (event.type === 'done' && found !== undefined) {
        const { question: asked, generation, sources } = found;
        place?.keep({ question: asked, generation, sources, answer: event.answer });
      }
      yield event;
    }
  }

  /** What is said is kept before it is acknowledged, once however often the stream is read. */
  private async finish(stream: ChatStream, answer: Answer): Promise<ChatAnswer> {
    if (stream.isKept) {
      stream.saving ??= this.save(stream, answer).catch((error: unknown) => {
        stream.saving = undefined;
        throw error;
      });
      await stream.saving;
    }
    const { usage, citations, isCut, unsupported, degraded, ...rest } = answer;
    return {
      conversation_id: stream.conversationId,
      ...rest,
      citations: [...citations],
      finish_reason: isCut ? 'length' : 'stop',
      unsupported: [...unsupported],
      usage: { prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens },
      degraded: [...degraded],
    };
  }

  private async save(stream: ChatStream, { answer, citations }: Answer): Promise<void> {
    const at = new Date().toISOString();
    const cited = [...new Set(citations.map((citation: Citation) => citation.document_id))];
    await this.conversations.append(stream.owner, stream.conversationId, stream.collection, [
      { role: 'user', content: stream.question, at },
      { role: 'assistant', content: answer, at, cited },
    ]);
  }
}
