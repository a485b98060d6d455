import { Injectable, Optional } from '@nestjs/common';

import { ResponseCache, type AnswerLookUp } from '@acervo/cache';
import type { CallContext } from '@acervo/kernel';

import type { SearchAnswer } from './search-answer.schema';
import { SearchCachePolicy } from './search-cache-policy';
import type { SearchRequest } from './search.schema';

/** What a client said about caches: `cache-control` and `pragma` count. */
export interface CacheHeaders {
  readonly 'cache-control'?: string;
  readonly pragma?: string;
}

/** The answers that `/search` keeps, for searches that come by another way: in a batch, as a job. */
@Injectable()
export class KeptAnswers {
  constructor(
    private readonly policy: SearchCachePolicy,
    @Optional() private readonly cache?: ResponseCache,
  ) {}

  /** One round trip for each tier, however many searches. */
  async find(
    requests: readonly SearchRequest[],
    headers: CacheHeaders,
    context: CallContext,
  ): Promise<AnswerLookUp<SearchAnswer>> {
    const nothing = { answers: requests.map(() => undefined), keep: () => undefined };
    const subjects = requests.map((request) => this.policy.subjectOf(request));
    return (await this.cache?.lookUp<SearchAnswer>(subjects, this.policy, headers, context)) ?? nothing;
  }
}
