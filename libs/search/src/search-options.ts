import type { ComputedSearch } from './computed-search';
import type { SearchMode } from './search.schema';

export interface SearchOptions {
  readonly defaultCollection: string;
  readonly defaultMode: SearchMode;
  /** Deadline of a search that comes without a call context, and of a search job. */
  readonly timeoutMs: number;
  /** `rrf` is for stores that give ranks but no scores. */
  readonly fusion: 'weighted' | 'rrf';
  /** Searches of one batch, and search jobs, that run at the same time. */
  readonly concurrency: number;
  /** Search jobs that may wait; more are refused with SERVER_OVERLOADED. */
  readonly maxQueuedJobs: number;
  /** Whether jobs that were left are claimed at start. False in processes that hand such requests to the writer. */
  readonly runsJobs: boolean;
  /** Told of each computed search, also of one that failed. Must return at once and not throw. */
  readonly onComputed?: ((search: ComputedSearch) => void) | undefined;
}

/** Injection token of `SearchOptions`. */
export const searchOptionsToken = Symbol('SearchOptions');

export const defaultSearchOptions: SearchOptions = {
  defaultCollection: 'documents_dev',
  defaultMode: 'hybrid',
  timeoutMs: 30_000,
  fusion: 'weighted',
  concurrency: 4,
  maxQueuedJobs: 1_000,
  runsJobs: true,
};
