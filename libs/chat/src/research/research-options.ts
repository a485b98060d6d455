import type { BudgetLimits } from './research';

export interface ResearchOptions {
  readonly defaultCollection: string;
  /** The most of each that a request may ask for, and what it gets when it asks for nothing. */
  readonly caps: BudgetLimits;
  readonly heartbeatMs: number;
  /** For how long a stream that ended, or lost its client, can be read again. */
  readonly streamKeepMs: number;
  /** Streams that run or can be read again. */
  readonly maxStreams: number;
  /** Jobs are stored by one process of a data folder, and run there. */
  readonly runsJobs: boolean;
  readonly jobsAtOnce: number;
  readonly maxQueuedJobs: number;
}

export const defaultResearchOptions: ResearchOptions = {
  defaultCollection: 'documents_dev',
  caps: { maxSeconds: 60, maxSearches: 30, maxTokens: 20_000 },
  heartbeatMs: 15_000,
  streamKeepMs: 60_000,
  maxStreams: 100,
  runsJobs: true,
  jobsAtOnce: 2,
  maxQueuedJobs: 100,
};

export const researchOptionsToken = Symbol('ResearchOptions');

/** Beyond its budget, for the last words of a research. */
const graceMs = 5_000;

/** How long a research may take altogether. */
export function researchTimeoutMs({ maxSeconds }: Pick<BudgetLimits, 'maxSeconds'>): number {
  return maxSeconds * 1_000 + graceMs;
}
