/** Researches that end the same for everybody who asks: kept as long as the collection does not change. */
import type { IncomingHttpHeaders } from 'node:http';

import { Injectable } from '@nestjs/common';

import { ResponseCache, ResponseCachePolicy, type CacheSubject } from '@acervo/cache';
import type { CallContext } from '@acervo/kernel';

import type { LanguageModel } from '../language-model';
import type { ResearchEvent, ResearchQuestion } from './research';

export interface KeptResearch {
  readonly generation: number;
  /** All of them, to be told again. */
  readonly events: readonly ResearchEvent[];
}

export interface ResearchPlace {
  /** Names the question and everything that its report depends on. */
  readonly key: string;
  readonly kept: KeptResearch | undefined;
  readonly keep: (research: KeptResearch) => void;
}

type CacheHeaders = Pick<IncomingHttpHeaders, 'cache-control' | 'pragma'>;

class ResearchPolicy extends ResponseCachePolicy {
  override subject(): undefined {
    return undefined;
  }

  override keep(research: unknown, generation: number): 'yes' | 'no' {
    return (research as KeptResearch).generation === generation ? 'yes' : 'no';
  }
}

@Injectable()
export class ResearchMemory {
  private readonly policy = new ResearchPolicy();

  constructor(private readonly cache: ResponseCache) {}

  /** Undefined: the report is not the same for everybody, or nobody can say whether it is still right. */
  async place(
    asked: ResearchQuestion,
    model: LanguageModel,
    headers: CacheHeaders,
    context: CallContext,
  ): Promise<ResearchPlace | undefined> {
    if (!model.isDeterministic(0)) return undefined;
    const subject = subjectOf(asked, model);
    const state = await this.cache.stateOf(asked.collection, context);
    if (state === undefined) return undefined;
    const found = await this.cache.lookUp<KeptResearch>([subject], this.policy, headers, context);
    return {
      key: this.cache.keyOf(subject, state),
      kept: found?.answers[0],
      keep: (research) => found?.keep(0, research),
    };
  }
}

function subjectOf({ question, collection, filters, budget }: ResearchQuestion, model: LanguageModel): CacheSubject {
  const { maxSeconds, maxSearches, maxTokens } = budget;
  const asked = JSON.stringify([question, filters ?? null, maxSeconds, maxSearches, maxTokens]);
  return { kind: 'research', collection, fields: [model.capabilities.model, asked] };
}
