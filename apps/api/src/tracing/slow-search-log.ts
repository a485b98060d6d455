/**
 * One line for each computed search that took too long, with what an operator needs to see why. The text of the question
 * is left out unless asked for: logs are read by more people, and kept longer, than questions are meant for.
 */
import type { ComputedSearch } from '@acervo/search';
import type { Logger } from 'pino';

export interface SlowSearchLogOptions {
  readonly logger: Pick<Logger, 'warn'>;
  /** Searches that took longer, the wait for a permit included. */
  readonly slowMs: number;
  readonly withQueries: boolean;
  readonly now?: () => number;
}

/** More are only counted: an overloaded server has better things to do than to write about it. */
export const maxLinesPerMinute = 60;
const minuteMs = 60_000;

export class SlowSearchLog {
  private readonly now: () => number;
  private sinceMs = -Infinity;
  private lines = 0;
  private untold = 0;

  constructor(private readonly options: SlowSearchLogOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  take(search: ComputedSearch): void {
    const ms = search.endedMs - search.timings.startedMs;
    if (ms <= this.options.slowMs) return;
    if (this.now() - this.sinceMs >= minuteMs) {
      this.sinceMs = this.now();
      this.lines = 0;
    }
    if (this.lines >= maxLinesPerMinute) {
      this.untold += 1;
      return;
    }
    this.lines += 1;
    const untold = this.untold === 0 ? {} : { untold: this.untold };
    this.untold = 0;
    this.options.logger.warn({ ms: rounded(ms), ...this.describe(search), ...untold }, 'slow search');
  }

  private describe(search: ComputedSearch): object {
    const { plan, timings, collection, generation, allowed, candidates, attempts, degraded, error } = search;
    return {
      collection,
      generation,
      mode: search.mode,
      class: search.workClass,
      // What a cache answers is not computed.
      cache: 'computed',
      ...(plan && {
        language: plan.language,
        terms: plan.terms.length,
        wanted: plan.wanted,
        ...(plan.filter && { filters: shapeOf(plan.filter), allowed }),
      }),
      ...(this.options.withQueries && { query: search.query }),
      candidates,
      attempts,
      stages: Object.fromEntries(Array.from(timings.entries(), ([stage, ms]) => [stage, rounded(ms)])),
      ...(degraded.length > 0 && { degraded }),
      ...(error !== undefined && { error }),
    };
  }
}

/** Names of the fields that are filtered, without their values. */
function shapeOf(filter: object): string[] {
  return Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
