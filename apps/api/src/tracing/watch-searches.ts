import type { AcervoConfig } from '@acervo/config';
import type { ComputedSearch } from '@acervo/search';
import { recordSpan } from '@acervo/tracing';
import type { Logger } from 'pino';

import { searchSpan } from './search-span';
import { SlowSearchLog } from './slow-search-log';

/** Whoever wants to hear of computed searches: spans, the log of slow ones, and `others`. */
export function watchSearches(
  { SLOW_SEARCH_MS, LOG_QUERIES }: Pick<AcervoConfig, 'SLOW_SEARCH_MS' | 'LOG_QUERIES'>,
  logger: Logger,
  others: ((search: ComputedSearch) => void) | undefined,
): (search: ComputedSearch) => void {
  const slow =
    SLOW_SEARCH_MS === 0 ? undefined : new SlowSearchLog({ logger, slowMs: SLOW_SEARCH_MS, withQueries: LOG_QUERIES });
  return (search) => {
    others?.(search);
    recordSpan(() => searchSpan(search));
    slow?.take(search);
  };
}
