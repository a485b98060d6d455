import { Injectable } from '@nestjs/common';

import { ResponseCache, type CacheSubject } from '@acervo/cache';

import type { LanguageModel } from '../language-model';
import { RunMemory } from '../run-memory';
import type { ResearchEvent, ResearchQuestion } from './research';

export interface KeptResearch {
  readonly generation: number;
  /** All of them, to be told again. */
  readonly events: readonly ResearchEvent[];
}

@Injectable()
export class ResearchMemory extends RunMemory<ResearchQuestion, KeptResearch> {
  // Nest reads the types of a class's own constructor.
  // eslint-disable-next-line @typescript-eslint/no-useless-constructor
  constructor(cache: ResponseCache) {
    super(cache);
  }

  protected override subjectOf(
    { question, collection, filters, budget }: ResearchQuestion,
    model: LanguageModel,
  ): CacheSubject {
    const { maxSeconds, maxSearches, maxTokens } = budget;
    const asked = JSON.stringify([question, filters ?? null, maxSeconds, maxSearches, maxTokens]);
    return { kind: 'research', collection, fields: [model.capabilities.model, asked] };
  }

  protected override isRepeatable(_question: ResearchQuestion, model: LanguageModel): boolean {
    return model.isDeterministic(0);
  }

  protected override mayKeep({ generation: own }: KeptResearch, generation: number): boolean {
    return own === generation;
  }
}
