import type { Job } from '@acervo/store';

import type { IngestItem } from './ingest-item';

export const ingestJobKind = 'ingest';

/** What the store keeps of an accepted document; its content lies in the spool under the id of the job. */
export interface IngestJobInput {
  readonly collection: string;
  readonly item: Omit<IngestItem, 'path'>;
  /** SHA-256 (hex) of the whole request: the same Idempotency-Key with another one is a conflict. */
  readonly fingerprint: string;
}

export interface IngestJobResult {
  /** The document that holds the content now: another one than asked for when it was there already. */
  readonly document_id: string;
  readonly outcome: 'indexed' | 'unchanged' | 'duplicate';
  readonly chunks?: number;
}

export function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
