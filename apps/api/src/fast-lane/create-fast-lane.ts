import type { AcervoConfig } from '@acervo/config';
import { Admission } from '@acervo/throttle';
import type { Logger } from 'pino';

import { fastLaneBytes, generationsOf } from '../answer-cache';
import type { Engines } from '../engines';
import { compressFromBytes } from '../middleware';
import type { Traffic } from '../traffic';
import { FastLane } from './fast-lane';

/** Several spellings of a request, and several clients, may share an answer. */
const entriesPerAnswer = 4;

/**
 * Undefined when it is switched off. As many searches as are computed at a time are in the router as well, so that the
 * next is always there; the others wait in front of it. Without kept answers it repeats none, and still refuses what would wait in vain. */
export function createFastLane(
  config: AcervoConfig,
  { answerCache, store, admission }: Pick<Engines, 'answerCache' | 'store' | 'admission'>,
  { identification, limiter }: Traffic,
  logger: Logger,
): FastLane | undefined {
  if (!config.FAST_LANE) return undefined;
  return new FastLane({
    generations: generationsOf(store),
    answers: answerCache ?? { hit: () => undefined },
    identification,
    limiter,
    doorway: new Admission({ permits: 2 * admission.load.permits, maxWaiting: 8 * admission.load.permits }),
    timeoutMs: config.REQUEST_TIMEOUT_SECONDS * 1_000,
    maxEntries: config.CACHE_SIZE * entriesPerAnswer,
    maxBytes: fastLaneBytes(config),
    compressFromBytes: config.ENABLE_COMPRESSION ? compressFromBytes : Infinity,
    logger,
  });
}
