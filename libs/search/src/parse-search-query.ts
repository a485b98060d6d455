import { invalidRequest } from '@acervo/problem';

import { searchRequestSchema, type SearchQuery, type SearchRequest } from './search.schema';

const parameterOf: Readonly<Record<string, string>> = {
  query: 'q',
  'filters.doc_type': 'doc_type',
  'filters.language': 'language',
  'filters.source': 'source',
  'filters.date_range.start': 'date_from',
  'filters.date_range.end': 'date_to',
};

/** The request that a query string stands for. Errors: REQUEST_INVALID, pointers name the parameters. */
export function parseSearchQuery(parameters: SearchQuery): SearchRequest {
  const { q, doc_type, language, source, date_from, date_to, ...rest } = parameters;
  const dateRange = date_from === undefined && date_to === undefined ? undefined : { start: date_from, end: date_to };
  const filters = { doc_type, language, source, date_range: dateRange };
  const hasFilters = Object.values(filters).some((part) => part !== undefined);
  const parsed = searchRequestSchema.safeParse({ query: q, ...rest, ...(hasFilters ? { filters } : {}) });
  if (parsed.success) return parsed.data;
  throw invalidRequest(
    parsed.error.issues.map((issue) => ({ message: issue.message, path: [parameterName(issue.path)] })),
  );
}

function parameterName(path: readonly PropertyKey[]): string {
  const names = path.filter((part) => typeof part === 'string').join('.');
  return parameterOf[names] ?? names;
}
