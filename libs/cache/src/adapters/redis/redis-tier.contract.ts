import { setTimeout as sleep } from 'node:timers/promises';

import { describeWithRedis, startRedisServer } from '@acervo/testing';

import { describeCacheTierContract } from '../../../contract/cache-tier.contract-suite';

import { createRedisTier } from './redis-tier';

describeWithRedis('Redis', () => {
  describeCacheTierContract('Redis', async () => {
    const server = await startRedisServer();
    const tier = await createRedisTier({ url: server.url });
    return {
      tier,
      // The clock is the server's.
      wait: async (ms) => {
        await sleep(ms);
      },
      close: async () => {
        await tier.close();
        await server.stop();
      },
    };
  });
});
