import { Injectable } from '@nestjs/common';

import { ResponseCache, type CacheSubject } from '@acervo/cache';

import type { Answer, AnswerEvent, CitableSource } from './answer';
import type { Question } from './answerer';
import type { LanguageModel } from './language-model';
import { RunMemory } from './run-memory';

/** All that a stream of events needs to be told again. */
export interface KeptAnswer {
  readonly question: string;
  readonly generation: number;
  readonly sources: readonly CitableSource[];
  readonly answer: Answer;
}

/** Degraded answers, those that were cut off and those of another generation are handed out, never kept. */
@Injectable()
export class AnswerMemory extends RunMemory<Question, KeptAnswer> {
  // Nest reads the types of a class's own constructor.
  // eslint-disable-next-line @typescript-eslint/no-useless-constructor
  constructor(cache: ResponseCache) {
    super(cache);
  }

  protected override subjectOf(
    { messages, filters, maxResults, collection, ...rest }: Question,
    model: LanguageModel,
  ): CacheSubject {
    const said = messages.map(({ role, content }) => [role, content]);
    const asked = JSON.stringify([said, filters ?? null, maxResults, rest.temperature, rest.maxTokens]);
    return { kind: 'chat', collection, fields: [model.capabilities.model, asked] };
  }

  protected override isRepeatable({ temperature }: Question, model: LanguageModel): boolean {
    return model.isDeterministic(temperature);
  }

  protected override mayKeep({ answer, generation: own }: KeptAnswer, generation: number): boolean {
    return answer.degraded.length === 0 && !answer.isCut && own === generation;
  }
}

/** The events of an answer that is known already. */
export function* replay({ question, generation, sources, answer }: KeptAnswer): Generator<AnswerEvent> {
  yield { type: 'sources', question, generation, sources };
  yield { type: 'delta', text: answer.answer };
  for (const citation of answer.citations) yield { type: 'citation', citation };
  yield { type: 'done', answer };
}
