import type { MetricsSnapshot } from './snapshot';

/** What the other processes of a server have measured. */
export interface Gathered {
  /** As they are now, or as they were when they last told it; those that are gone too. */
  readonly others: readonly MetricsSnapshot[];
  /** Processes that serve, this one included. */
  readonly expected: number;
  /** Of those, the ones whose numbers are of now. */
  readonly answered: number;
  readonly restarted: number;
}

/** Asks the other processes. Never rejects, and has a deadline of its own. @param own for them to keep */
export type Gather = (own: MetricsSnapshot) => Promise<Gathered>;

/** Of a process that is alone. */
export const gatherNone: Gather = () => Promise.resolve({ others: [], expected: 1, answered: 1, restarted: 0 });
