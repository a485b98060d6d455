import { analyseQuery, detectLanguage, type Language, type QueryTerm } from '@acervo/language';
import type { ChunkFilter, Collection } from '@acervo/store';

import { toChunkFilter } from './filter';
import type { SearchMode, SearchRequest } from './search.schema';

/** What one search will do; computed from the request and the collection alone. */
export interface QueryPlan {
  readonly query: string;
  readonly mode: SearchMode;
  readonly language: Language;
  readonly terms: readonly QueryTerm[];
  readonly filter: ChunkFilter | undefined;
  /** What a full lexical match adds to the cosine. */
  readonly lexicalWeight: number;
  /** The results up to here are wanted, those before `offset` only to know which follow. */
  readonly wanted: number;
}

/**
 * Words are worth more when passages in the question's language exist: across languages they match by chance, names
 * and code excepted. Measured over the judged sets of test/quality.
 */
export const lexicalWeights = { sameLanguage: 0.1, otherLanguage: 0.03 } as const;

/** A few stray passages do not make a collection bilingual. */
const presentShare = 0.02;

export function planQuery(request: SearchRequest, mode: SearchMode, collection: Collection): QueryPlan {
  const language = detectLanguage(request.query);
  const filter = toChunkFilter(request.filters);
  const present = languagesOf(collection, filter);
  return {
    query: request.query,
    mode,
    language,
    terms: analyseQuery(request.query, [language, ...present.filter((other) => other !== language)]),
    filter,
    lexicalWeight:
      language === 'other' || present.length === 0 || present.includes(language)
        ? lexicalWeights.sameLanguage
        : lexicalWeights.otherLanguage,
    wanted: request.offset + request.max_results,
  };
}

function languagesOf({ languages }: Collection, filter: ChunkFilter | undefined): Language[] {
  const counted = (['pt', 'en', 'other'] as const).filter((name) => filter?.languages?.includes(name) ?? true);
  const total = counted.reduce((sum, name) => sum + languages[name], 0);
  return counted.filter((name) => languages[name] > 0 && languages[name] >= presentShare * total);
}
