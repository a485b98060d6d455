import type { ComputedSearch } from '@acervo/search';
import type { EndedSpan } from '@acervo/tracing';

/** A search and its stages, as they were measured. */
export function searchSpan({ timings, endedMs, ...search }: ComputedSearch): EndedSpan {
  const { mode, collection, generation, plan, allowed, candidates, attempts, degraded, error } = search;
  return {
    name: 'search',
    startedMs: timings.startedMs,
    endedMs,
    error,
    attributes: {
      'acervo.search.mode': mode,
      'acervo.search.collection': collection,
      'acervo.search.generation': generation,
      'acervo.search.language': plan?.language,
      'acervo.search.terms': plan?.terms.length,
      'acervo.search.filtered': plan?.filter !== undefined,
      'acervo.search.allowed': allowed,
      'acervo.search.candidates': candidates,
      'acervo.search.attempts': attempts,
      'acervo.search.degraded': degraded.join(','),
    },
    parts: timings.spans.map(({ stage, startedMs, ms }) => ({ name: stage, startedMs, endedMs: startedMs + ms })),
  };
}
