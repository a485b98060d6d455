/** What the primary and its workers say to each other. */
import type { Gathered, MetricsSnapshot } from '@acervo/metrics';
import type { LimitsAsked, LimitsDecided } from '@acervo/throttle';

import type { Place } from './place';

/** What one worker tells all others; each answers when it has acted on it. */
export type News =
  /** A commit, a new collection, one that is gone. */
  | { readonly what: 'changed'; readonly collection: string }
  /** A text was taken away: nothing may show it any more. */
  | { readonly what: 'removed'; readonly collection: string }
  /** The answers of a collection are to be forgotten; without one, all caches are. */
  | { readonly what: 'cleared'; readonly collection: string | undefined };

export type ToPrimary =
  | { readonly kind: 'hello' }
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'spread'; readonly id: number; readonly news: News }
  | { readonly kind: 'heard'; readonly id: number }
  /** What this worker has measured; `id` of the question, if there was one. */
  | { readonly kind: 'metrics'; readonly id: number | undefined; readonly snapshot: MetricsSnapshot }
  /** Asks for what the others have measured. */
  | { readonly kind: 'gather'; readonly id: number; readonly snapshot: MetricsSnapshot }
  | LimitsAsked;

export type ToWorker =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'news'; readonly id: number; readonly news: News }
  | { readonly kind: 'spread'; readonly id: number }
  | { readonly kind: 'metrics-asked'; readonly id: number }
  | { readonly kind: 'gathered'; readonly id: number; readonly gathered: Gathered }
  | LimitsDecided
  /** All that may hand requests to the writer have left. */
  | { readonly kind: 'followers-gone' };
