import { join } from 'node:path';

import { createDiskTier, createRedisTier, GuardedTier, type CacheTier, type RebuildReason } from '@acervo/cache';
import type { AcervoConfig } from '@acervo/config';
import type { Logger } from 'pino';

export interface CacheTiers {
  /** In the order in which they are asked; shared by every cache of the process. */
  readonly tiers: readonly GuardedTier[];
  /** After the caches that use them. */
  close(): Promise<void>;
}

/** What outlives the process. A tier that cannot be opened is left out, and said so: a cache is no reason not to start. */
export async function openCacheTiers(config: AcervoConfig, logger: Logger): Promise<CacheTiers> {
  const tiers: GuardedTier[] = [];
  const onChange = (tier: string, isAvailable: boolean, reason: unknown): void => {
    if (isAvailable) logger.info({ tier }, 'cache tier is back');
    else logger.warn({ tier, err: reason }, 'cache tier fails and is left alone');
  };
  const add = async (name: string, create: () => Promise<CacheTier>): Promise<void> => {
    try {
      tiers.push(new GuardedTier(await create(), { onChange }));
    } catch (error) {
      logger.warn({ tier: name, err: error }, 'cache tier cannot be opened: going on without it');
    }
  };
  const { ENABLE_CACHE, REDIS_URL, CACHE_DISK_MEGABYTES, DATA_DIR } = config;
  if (ENABLE_CACHE && REDIS_URL !== undefined) {
    await add('redis', async () => await createRedisTier({ url: REDIS_URL }));
  }
  if (ENABLE_CACHE && CACHE_DISK_MEGABYTES > 0) {
    const path = join(DATA_DIR, 'cache', 'cache.db');
    const onRebuilt = (reason: RebuildReason): void => {
      logger.warn({ tier: 'disk', path, reason }, 'cache file was thrown away and begun anew');
    };
    await add('disk', async () => await createDiskTier({ path, maxBytes: CACHE_DISK_MEGABYTES * 2 ** 20, onRebuilt }));
  }
  return {
    tiers,
    close: async () => {
      await Promise.all(
        tiers.map(async (tier) => {
          await tier.close();
        }),
      );
    },
  };
}
