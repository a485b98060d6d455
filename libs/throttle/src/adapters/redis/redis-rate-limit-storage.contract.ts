import { callContext } from '@acervo/kernel';
import { describeWithRedis, type RedisServer, startRedisServer } from '@acervo/testing';

import { describeRateLimitStorageContract } from '../../../contract/rate-limit-storage.contract-suite';

import { RedisRateLimitStorage } from './redis-rate-limit-storage';

describeWithRedis('Redis', () => {
  let server: RedisServer;
  let made = 0;

  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(async () => {
    await server.stop();
  });

  describeRateLimitStorageContract('Redis', async () => {
    let nowMs = 0;
    made += 1;
    const storage = new RedisRateLimitStorage({ url: server.url, namespace: `${made}:`, now: () => nowMs });
    await storage.connect(callContext(5_000));
    return {
      storage,
      setTime: (ms) => (nowMs = ms),
      close: async () => {
        await storage.close();
      },
    };
  });
});
