import type { AcervoConfig } from '@acervo/config';
import type { Logger } from 'pino';

import { fastLaneBytes, generationsOf } from '../answer-cache';
import type { Engines } from '../engines';
import { compressFromBytes } from '../middleware';
import type { Traffic } from '../traffic';
import { FastLane } from './fast-lane';

/** Several spellings of a request, and several clients, may share an answer. */
const entriesPerAnswer = 4;

/** Undefined when it is switched off, or when no answers are kept that it could repeat. */
export function createFastLane(
  config: AcervoConfig,
  { answerCache, store }: Pick<Engines, 'answerCache' | 'store'>,
  { identification, limiter }: Traffic,
  logger: Logger,
): FastLane | undefined {
  if (!config.FAST_LANE || answerCache === undefined) return undefined;
  return new FastLane({
    generations: generationsOf(store),
    answers: answerCache,
    identification,
    limiter,
    maxEntries: config.CACHE_SIZE * entriesPerAnswer,
    maxBytes: fastLaneBytes(config),
    compressFromBytes: config.ENABLE_COMPRESSION ? compressFromBytes : Infinity,
    logger,
  });
}
