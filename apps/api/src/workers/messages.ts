/** What the primary and its workers say to each other. */
import type { Place } from './place';

/** What one worker tells all others; each answers when nothing of before is shown by it any more. */
export interface News {
  /** A text was taken out of this collection, or its answers are to be forgotten; undefined: all caches. */
  readonly forget: string | undefined;
}

export type ToPrimary =
  | { readonly kind: 'hello' }
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'spread'; readonly id: number; readonly news: News }
  | { readonly kind: 'heard'; readonly id: number };

export type ToWorker =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'news'; readonly id: number; readonly news: News }
  | { readonly kind: 'spread'; readonly id: number }
  /** All that may hand requests to the writer have left. */
  | { readonly kind: 'followers-gone' };
