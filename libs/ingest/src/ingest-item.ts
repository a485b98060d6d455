/** A document on its way in, and what became of it. */
import { createHash } from 'node:crypto';

import type { DomainError } from '@acervo/kernel';

import type { DocType } from './parsed-document';
import type { GivenFields } from './prepare-document';

export interface IngestItem {
  readonly id: string;
  /** True: the id was chosen by the sender and is kept even when another document holds the same content. */
  readonly hasOwnId: boolean;
  readonly source: string;
  /** The file that holds the content. */
  readonly path: string;
  /** What the sender calls it. */
  readonly name: string;
  readonly format?: DocType | undefined;
  readonly given: GivenFields;
  /** `YYYY-MM-DD`, when neither the sender nor the document names a date. */
  readonly fallbackDate?: string | undefined;
}

interface OutcomeOf {
  readonly id: string;
  readonly source: string;
}
export type IngestOutcome =
  | (OutcomeOf & { readonly type: 'indexed'; readonly chunks: number; readonly embedded: number })
  | (OutcomeOf & { readonly type: 'unchanged' })
  /** `id` is the document that holds the same content already. */
  | (OutcomeOf & { readonly type: 'duplicate'; readonly of: string })
  | (OutcomeOf & { readonly type: 'skipped'; readonly error: DomainError });

/** 24 hexadecimal digits over `parts`: the id of a document, the same for the same parts. */
export function documentId(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 24);
}
