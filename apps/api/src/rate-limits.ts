import type { AcervoConfig } from '@acervo/config';
import { callContext } from '@acervo/kernel';
import {
  DegradingRateLimitStorage,
  MemoryRateLimitStorage,
  RedisRateLimitStorage,
  RequestLimiter,
  type RateLimitStorage,
} from '@acervo/throttle';
import type { Logger } from 'pino';

import type { Place } from './workers/place';

const connectTimeoutMs = 1_000;

/** The limits as the configuration wants them: counted in Redis for all replicas where there is one, else in memory. */
export async function openRateLimits(config: AcervoConfig, place: Place, logger: Logger): Promise<RequestLimiter> {
  return new RequestLimiter({
    storage: await openStorage(config, place, logger),
    perMinute: {
      search: config.LIMIT_SEARCH_PER_MINUTE,
      chat: config.LIMIT_CHAT_PER_MINUTE,
      research: config.LIMIT_RESEARCH_PER_MINUTE,
      default: config.LIMIT_DEFAULT_PER_MINUTE,
    },
  });
}

async function openStorage(config: AcervoConfig, place: Place, logger: Logger): Promise<RateLimitStorage> {
  const memory = new MemoryRateLimitStorage();
  if (config.REDIS_URL === undefined) return memory;
  const redis = new RedisRateLimitStorage({ url: config.REDIS_URL });
  const replicas = config.REPLICAS * place.workers;
  const storage = new DegradingRateLimitStorage(redis, memory, {
    replicas,
    onChange: (isDegraded, reason) => {
      if (isDegraded) logger.warn({ replicas, err: reason }, 'limits are counted here, by share: Redis fails');
      else logger.info('limits are counted in Redis again');
    },
  });
  try {
    await redis.connect(callContext(connectTimeoutMs));
  } catch (error) {
    logger.warn({ replicas, err: error }, 'Redis cannot be reached yet: limits are counted here, by share');
  }
  return storage;
}
