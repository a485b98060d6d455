/** Answers that are the same for everybody who asks: kept as long as the collection does not change. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { Injectable } from '@nestjs/common';

import { requestDirectives, ResponseCache, ResponseCachePolicy, type CacheSubject } from '@acervo/cache';
import type { CallContext } from '@acervo/kernel';

import type { Answer, AnswerEvent, CitableSource } from './answer';
import type { Question } from './answerer';
import type { LanguageModel } from './language-model';

/** All that a stream of events needs to be told again. */
export interface KeptAnswer {
  readonly question: string;
  readonly generation: number;
  readonly sources: readonly CitableSource[];
  readonly answer: Answer;
}

export interface AnswerPlace {
  /** Names the question and everything that its answer depends on. */
  readonly key: string;
  readonly kept: KeptAnswer | undefined;
  readonly keep: (answer: KeptAnswer) => void;
}

type CacheHeaders = Pick<IncomingHttpHeaders, 'cache-control' | 'pragma'>;

class AnswerPolicy extends ResponseCachePolicy {
  override subject(): undefined {
    return undefined;
  }

  /** Degraded answers, those that were cut off and those of another generation are handed out, never kept. */
  override keep(answer: unknown, generation: number): 'yes' | 'negative' | 'no' {
    const { answer: said, generation: own } = answer as KeptAnswer;
    return said.degraded.length === 0 && !said.isCut && own === generation ? 'yes' : 'no';
  }
}

@Injectable()
export class AnswerMemory {
  private readonly policy = new AnswerPolicy();

  constructor(private readonly cache: ResponseCache) {}

  /** Undefined: the answer is not the same for everybody, or nobody can say whether it is still right. */
  async place(
    question: Question,
    model: LanguageModel,
    headers: CacheHeaders,
    context: CallContext,
  ): Promise<AnswerPlace | undefined> {
    const { noCache, noStore } = requestDirectives(headers);
    if (noStore || !model.isDeterministic(question.temperature)) return undefined;
    const subject = subjectOf(question, model);
    const state = await this.cache.stateOf(question.collection, context);
    if (state === undefined) return undefined;
    const found = await this.cache.lookUp<KeptAnswer>([subject], this.policy, headers, context);
    return {
      // Who wants a new answer does not join one that was begun before.
      key: this.cache.keyOf(subject, state) + (noCache ? randomUUID() : ''),
      kept: found?.answers[0],
      keep: (answer) => found?.keep(0, answer),
    };
  }
}

function subjectOf(
  { messages, filters, maxResults, collection, ...rest }: Question,
  model: LanguageModel,
): CacheSubject {
  const said = messages.map(({ role, content }) => [role, content]);
  const asked = JSON.stringify([said, filters ?? null, maxResults, rest.temperature, rest.maxTokens]);
  return { kind: 'chat', collection, fields: [model.capabilities.model, asked] };
}

/** The events of an answer that is known already. */
export function* replay({ question, generation, sources, answer }: KeptAnswer): Generator<AnswerEvent> {
  yield { type: 'sources', question, generation, sources };
  yield { type: 'delta', text: answer.answer };
  for (const citation of answer.citations) yield { type: 'citation', citation };
  yield { type: 'done', answer };
}
