import { Inject, Injectable } from '@nestjs/common';

import { ResponseCachePolicy, type CacheSubject, type UncheckedRequest } from '@acervo/cache';
import { Embedder } from '@acervo/embedding';
import { clientOrAnybody, type Client } from '@acervo/identity';

import { canonicalRequest } from './canonical-request';
import { parseSearchQuery } from './parse-search-query';
import { reachRequest } from './reach-request';
import type { SearchAnswer } from './search-answer.schema';
import { prefersAsync } from './prefers-async';
import { searchOptionsToken, type SearchOptions } from './search-options';
import { searchQuerySchema, searchRequestSchema, type SearchRequest } from './search.schema';

const searchKind = 'search';

/** GET and POST, alone or in a batch: equal searches share one answer. */
@Injectable()
export class SearchCachePolicy extends ResponseCachePolicy {
  constructor(
    private readonly embedder: Embedder,
    @Inject(searchOptionsToken) private readonly options: SearchOptions,
  ) {
    super();
  }

  override subject(unchecked: UncheckedRequest): CacheSubject | undefined {
    const { method, headers, query, body } = unchecked;
    if (prefersAsync(headers['prefer'])) return undefined;
    const request = method === 'POST' ? searchRequestSchema.safeParse(body).data : requestOfQuery(query);
    const reached = request && this.reached(clientOrAnybody(unchecked), request);
    return reached && this.subjectOf(reached);
  }

  /** @param request with the store's name of its collection, if any */

  subjectOf(request: SearchRequest): CacheSubject {
    const { defaultCollection, defaultMode, fusion } = this.options;
    const collection = request.collection ?? defaultCollection;
    const mode = request.mode ?? defaultMode;
    const { model, dimensions } = this.embedder.capabilities;
    return { kind: searchKind, collection, fields: [model, dimensions, fusion, mode, canonicalRequest(request)] };
  }

  override keep(answer: unknown, generation: number): 'yes' | 'negative' | 'no' {
    const { degraded, results, generation: own } = answer as SearchAnswer;
    if (degraded.length > 0 || own !== generation) return 'no';
    return results.length === 0 ? 'negative' : 'yes';
  }

  private reached(client: Client, request: SearchRequest): SearchRequest | undefined {
    try {
      return reachRequest(client, request, this.options.defaultCollection);
    } catch {
      // The handler refuses it.
      return undefined;
    }
  }
}

function requestOfQuery(query: unknown): SearchRequest | undefined {
  const parameters = searchQuerySchema.safeParse(query).data;
  try {
    return parameters && parseSearchQuery(parameters);
  } catch {
    // The handler says what is wrong with it.
    return undefined;
  }
}
