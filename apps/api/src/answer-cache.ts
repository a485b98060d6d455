/** The cache of answers as the configuration wants it. */
import {
  AnswerRemoval,
  answerPrefix,
  TieredCache,
  type Generations,
  type GuardedTier,
  type Lifetime,
} from '@acervo/cache';
import type { AcervoConfig } from '@acervo/config';
import type { DocumentStore } from '@acervo/store';
import type { Logger } from 'pino';

import { version } from './version';

/** Of searches without a result. */
const negativeMs = 60_000;

/** Undefined when it is switched off. Three quarters of the memory of caches are for answers and the fast lane. */
export function openAnswerCache(config: AcervoConfig, tiers: readonly GuardedTier[]): TieredCache | undefined {
  if (!config.ENABLE_CACHE || !config.ENABLE_QUERY_CACHE) return undefined;
  return new TieredCache({
    // Another release may rank or shape answers in another way.
    schema: `answer/1 ${version}`,
    memory: {
      maxEntries: config.CACHE_SIZE,
      maxBytes: config.CACHE_MEMORY_MEGABYTES * 3 * 2 ** 18 - fastLaneBytes(config),
    },
    tiers,
  });
}

/** A sixteenth of the memory of caches: an entry of the lane takes about a kilobyte and a half, an answer several. */
export function fastLaneBytes({ FAST_LANE, CACHE_MEMORY_MEGABYTES }: AcervoConfig): number {
  return FAST_LANE ? CACHE_MEMORY_MEGABYTES * 2 ** 16 : 0;
}

export function answerLifetime(config: AcervoConfig): Lifetime {
  const freshMs = config.CACHE_TTL_SECONDS * 1_000;
  return {
    freshMs,
    staleWhileRevalidateMs: config.CACHE_STALE_SECONDS * 1_000,
    staleIfErrorMs: config.CACHE_STALE_IF_ERROR_SECONDS * 1_000,
    negativeMs: Math.min(freshMs, negativeMs),
  };
}

/** Answers of changed collections leave every tier: no key leads to them any more, but they hold text. */
export function removeChangedAnswers(answers: TieredCache, store: DocumentStore, logger: Logger): AnswerRemoval {
  const removal = new AnswerRemoval({
    clear: async (collection) => answers.clear(answerPrefix(collection)),
    onDelayed: (collection, cause) => {
      logger.warn({ collection, err: cause }, 'answers of a changed collection could not be removed yet: trying again');
    },
  });
  store.onChange((collection) => {
    removal.later(collection);
  });
  return removal;
}

export function generationsOf(store: DocumentStore): Generations {
  return {
    peek: (collection) => store.peekCollection(collection),
    find: async (collection, context) => await store.findCollection(collection, context),
  };
}
