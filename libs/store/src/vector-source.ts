import type { CallContext } from '@acervo/kernel';

import type { DocumentStore } from './document-store';

/** The truth that a vector index is compared with and mended from. */
export type VectorSource = Pick<DocumentStore, 'storeId' | 'listKeys' | 'fetchEmbeddings' | 'fetchChunks'>;

/** What a collection is called in an engine that other stores may use as well: two stores never get the same name. */
export async function scopedName(source: VectorSource, collection: string, context: CallContext): Promise<string> {
  return `${collection} ${await source.storeId(context)}`;
}

export type VectorIndexNotice =
  /** The index did not fit the truth and was mended; `reason` is set when it had to be built anew. */
  | {
      readonly kind: 'mended';
      readonly collection: string;
      readonly reason: string | undefined;
      readonly added: number;
      readonly removed: number;
    }
  /** A snapshot could not be written; the next one is tried after the next change, and nothing is lost. */
  | { readonly kind: 'save-failed'; readonly collection: string; readonly error: Error }
  /** What dead processes left was not looked for; the next sweep does. */
  | { readonly kind: 'sweep-failed'; readonly error: unknown };
