import { Inject, Injectable } from '@nestjs/common';

import type { CallContext } from '@acervo/kernel';

import { ChatService, type Asker } from '../chat.service';
import { condenseByRules } from '../condense';
import { researchOptionsToken, type ResearchOptions } from '../research/research-options';
import { grantBudget } from '../research/research.schema';
import { ResearchService } from '../research/research.service';
import type { FaceEvent } from './chat-completion';
import { turnsOf, type ChatCompletion, type ChatCompletionRequest } from './chat-completion.schema';
import type { ChatModel } from './openai-models';

const maxQuestionCharacters = 2_000;
const charactersPerToken = 4;

export interface BegunCompletion {
  readonly id: string;
  readonly events: AsyncGenerator<FaceEvent>;
}

/** What `/chat` and `/research` write, by the names of their models. */
@Injectable()
export class CompletionSource {
  constructor(
    private readonly chats: ChatService,
    private readonly researches: ResearchService,
    @Inject(researchOptionsToken) private readonly options: ResearchOptions,
  ) {}

  /** Errors before the first event, and of the events: those of `ChatService.ask` and `ResearchService.ask`. */
  async begin(
    model: ChatModel,
    request: ChatCompletionRequest,
    asker: Asker,
    context: CallContext,
  ): Promise<BegunCompletion> {
    return model === 'acervo' ? this.chat(request, asker, context) : this.research(request, asker, context);
  }

  private async chat(body: ChatCompletionRequest, asker: Asker, context: CallContext): Promise<BegunCompletion> {
    const { filters, max_results, collection, temperature, max_tokens, max_completion_tokens } = body;
    const request = {
      ...{ messages: turnsOf(body.messages), filters, max_results, collection, resumable: false },
      temperature: temperature ?? undefined,
      max_tokens: max_completion_tokens ?? max_tokens ?? undefined,
    };
    const stream = await this.chats.begin(request, asker, context);
    return { id: stream.id, events: chatEvents(this.chats.read(stream, context)) };
  }

  private async research(body: ChatCompletionRequest, asker: Asker, context: CallContext): Promise<BegunCompletion> {
    const asked = {
      question: condenseByRules(turnsOf(body.messages)).slice(0, maxQuestionCharacters),
      collection: asker.collection,
      filters: body.filters,
      budget: grantBudget(undefined, this.options.caps),
    };
    const reading = { keepsAfterEnd: false, goesOnAlone: false };
    const stream = await this.researches.begin(asked, asker, context, reading);
    return { id: stream.id, events: researchEvents(this.researches.read(stream, context)) };
  }
}

async function* chatEvents(events: ReturnType<ChatService['read']>): AsyncGenerator<FaceEvent> {
  for await (const { event } of events) {
    if (event.type === 'delta') yield event;
    if (event.type !== 'done') continue;
    const { answer, finish_reason, usage, grounded, citations, model, degraded } = event.answer;
    const details = { grounded, citations, model, degraded };
    yield { type: 'done', answer: { text: answer, isCut: finish_reason === 'length', details, usage: sum(usage) } };
  }
}

async function* researchEvents(events: ReturnType<ResearchService['read']>): AsyncGenerator<FaceEvent> {
  for await (const { event } of events) {
    if (event.type === 'report') yield { type: 'delta', text: event.text };
    if (event.type !== 'done') continue;
    const { report, citations, model, degraded, stoppedBy, budgetUsed } = event.answer;
    const written = Math.min(budgetUsed.tokens, Math.ceil(report.length / charactersPerToken));
    const details = { grounded: citations.length > 0, citations: [...citations], model, degraded: [...degraded] };
    const usage = sum({ prompt_tokens: budgetUsed.tokens - written, completion_tokens: written });
    yield { type: 'done', answer: { text: report, isCut: stoppedBy === 'budget', details, usage } };
  }
}

function sum(usage: Pick<ChatCompletion['usage'], 'prompt_tokens' | 'completion_tokens'>): ChatCompletion['usage'] {
  return { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens };
}
