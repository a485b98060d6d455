import type { AcervoConfig } from '@acervo/config';
import { callContext } from '@acervo/kernel';
import {
  ClusterRateLimitStorage,
  DegradingRateLimitStorage,
  MemoryRateLimitStorage,
  RedisRateLimitStorage,
  RequestLimiter,
  type RateLimitStorage,
} from '@acervo/throttle';
import type { Logger } from 'pino';

import type { Group } from './workers/group';
import type { Place } from './workers/place';

const connectTimeoutMs = 1_000;

/**
 * The limits as the configuration wants them: counted in Redis for all replicas where there is one, else in memory, by
 * the primary for all workers where there are several.
 */
export async function openRateLimits(
  config: AcervoConfig,
  place: Place,
  logger: Logger,
  group?: Group,
): Promise<RequestLimiter> {
  return new RequestLimiter({
    storage: await openStorage(config, place, logger, group),
    perMinute: {
      search: config.LIMIT_SEARCH_PER_MINUTE,
      chat: config.LIMIT_CHAT_PER_MINUTE,
      research: config.LIMIT_RESEARCH_PER_MINUTE,
      default: config.LIMIT_DEFAULT_PER_MINUTE,
    },
  });
}

async function openStorage(
  config: AcervoConfig,
  place: Place,
  logger: Logger,
  group: Group | undefined,
): Promise<RateLimitStorage> {
  const memory = new MemoryRateLimitStorage();
  if (config.REDIS_URL === undefined)
    return group === undefined ? memory : sharedByWorkers(group, memory, place, logger);
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

function sharedByWorkers(
  group: Group,
  memory: MemoryRateLimitStorage,
  { workers }: Place,
  logger: Logger,
): RateLimitStorage {
  const shared = new ClusterRateLimitStorage({
    send: (asked) => {
      group.askLimits(asked);
    },
  });
  group.onLimits((decided) => {
    shared.settle(decided);
  });
  return new DegradingRateLimitStorage(shared, memory, {
    replicas: workers,
    onChange: (isDegraded, reason) => {
      if (isDegraded) logger.warn({ workers, err: reason }, 'limits are counted here, by share: the primary is late');
      else logger.info('limits are counted by the primary again');
    },
  });
}
