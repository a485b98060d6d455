import type { QueryPlan } from './query-plan';
import type { Degradation } from './search-answer.schema';
import type { SearchTimings } from './search-timings';
import type { SearchMode } from './search.schema';

/** How a search was computed, for those who watch: what a search that failed early did not reach is undefined. */
export interface ComputedSearch {
  readonly query: string;
  readonly mode: SearchMode;
  readonly timings: SearchTimings;
  /** On the clock of `performance.now()`. */
  readonly endedMs: number;
  readonly workClass: string;
  /** As the store calls it, with its tenant. */
  readonly collection: string | undefined;
  readonly generation: number | undefined;
  readonly plan: QueryPlan | undefined;
  /** Passages that the filter admits; undefined without a filter. */
  readonly allowed: number | undefined;
  /** Passages that were ranked, of the deepest look. */
  readonly candidates: number | undefined;
  /** Looks at the lists: more than one when a page did not fill, or the collection changed meanwhile. */
  readonly attempts: number;
  readonly degraded: readonly Degradation[];
  /** Code of the error that it ended with. */
  readonly error: string | undefined;
}

/** The same while it is under way. */
export class SearchRecord {
  collection: string | undefined;
  generation: number | undefined;
  plan: QueryPlan | undefined;
  allowed: number | undefined;
  candidates: number | undefined;
  attempts = 0;
  degraded: readonly Degradation[] = [];
  error: string | undefined;

  constructor(
    readonly query: string,
    readonly mode: SearchMode,
    readonly workClass: string,
    readonly timings: SearchTimings,
  ) {}

  end(): ComputedSearch {
    return Object.assign(this, { endedMs: performance.now() });
  }
}
