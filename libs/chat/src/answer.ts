/** What an answer is made of. */
import type { Degradation } from '@acervo/search';

import type { Usage } from './language-model';

export interface Citation {
  readonly index: number;
  readonly chunk_id: string;
  readonly document_id: string;
  readonly title: string;
  readonly source: string;
  readonly quote: string;
  readonly position: { readonly start: number; readonly end: number; readonly page?: number | undefined };
}

export interface CitableSource {
  readonly index: number;
  readonly chunk_id: string;
  readonly document_id: string;
  readonly title: string;
  readonly source: string;
  readonly headings: readonly string[];
  readonly score: number;
  readonly text: string;
}

export interface Answer {
  readonly answer: string;
  readonly grounded: boolean;
  readonly citations: readonly Citation[];
  /** The model was not done when its tokens were. */
  readonly isCut: boolean;
  /** Sentences of `answer` that no cited source bears out: UTF-16 code units, end exclusive. */
  readonly unsupported: readonly { readonly start: number; readonly end: number }[];
  readonly model: string;
  readonly usage: Usage;
  readonly degraded: readonly Degradation[];
}

export type AnswerEvent =
  | {
      readonly type: 'sources';
      /** As it was searched for. */
      readonly question: string;
      readonly generation: number;
      readonly sources: readonly CitableSource[];
    }
  | { readonly type: 'delta'; readonly text: string }
  | { readonly type: 'citation'; readonly citation: Citation }
  /** Always last. */
  | { readonly type: 'done'; readonly answer: Answer };
