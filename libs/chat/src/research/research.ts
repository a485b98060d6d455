/** What a research is made of. */
import type { SearchFilters, SearchMode } from '@acervo/search';

import type { Citation } from '../answer';

export interface BudgetLimits {
  readonly maxSeconds: number;
  readonly maxSearches: number;
  /** Read and written by the model together. */
  readonly maxTokens: number;
}

export interface ResearchQuestion {
  readonly question: string;
  readonly collection: string;
  readonly filters?: SearchFilters | undefined;
  readonly budget: BudgetLimits;
}

export interface SubQuestion {
  /** As it is shown. */
  readonly question: string;
  /** As it is searched and read for: understandable alone. */
  readonly query: string;
  /** Other ways to ask a search for it, best first. */
  readonly phrasings: readonly string[];
  /** Asked only when another one stays open. */
  readonly isReserve: boolean;
}

/**
 * `supported`: documents beside the one it comes from bear it out. `contradicted`: another document says otherwise.
 */
export type Agreement = 'supported' | 'single_source' | 'contradicted';

export interface Finding {
  readonly id: string;
  /** Place of its sub-question in the plan, from 0. */
  readonly question: number;
  readonly claim: string;
  /** First the sources it comes from, then those that bear it out, or say otherwise. */
  readonly citations: readonly number[];
  readonly agreement: Agreement;
}

export interface BudgetUsed {
  readonly seconds: number;
  readonly searches: number;
  readonly tokens: number;
}

export type StoppedBy = 'done' | 'budget';

/** What had to be left out or done by rules. */
export type ResearchDegradation = 'semantic_unavailable' | 'lexical_unavailable' | 'search_failed' | 'model_failed';

export interface ResearchAnswer {
  readonly question: string;
  readonly plan: readonly string[];
  readonly findings: readonly Finding[];
  /** Sub-questions without enough evidence. */
  readonly open: readonly string[];
  /** Markdown; `[n]` points into `citations`. */
  readonly report: string;
  readonly citations: readonly Citation[];
  readonly budget: BudgetLimits;
  readonly budgetUsed: BudgetUsed;
  readonly stoppedBy: StoppedBy;
  readonly model: string;
  readonly degraded: readonly ResearchDegradation[];
}

export interface SearchStep {
  readonly type: 'search';
  /** From 1: later ones look again for what stayed open. */
  readonly round: number;
  readonly question: number;
  readonly query: string;
  readonly mode: SearchMode;
  readonly results: number;
  /** Documents that no earlier step had found. */
  readonly newSources: readonly { readonly documentId: string; readonly title: string; readonly source: string }[];
  /** Code of the problem when the search failed. */
  readonly problem?: string | undefined;
}

export type ResearchEvent =
  | { readonly type: 'plan'; readonly plan: readonly string[]; readonly budget: BudgetLimits }
  | SearchStep
  /** Comes again with the same id when more sources have changed its agreement. */
  | { readonly type: 'finding'; readonly finding: Finding }
  /** A piece of the report: all of them in order are the report. */
  | { readonly type: 'report'; readonly text: string }
  /** Always last. */
  | {
      readonly type: 'done';
      readonly answer: ResearchAnswer;
      /** The same question would be answered with the same words as long as the collection has this generation. */
      readonly repeatable: { readonly generation: number } | undefined;
    };
