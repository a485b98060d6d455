import { describeWithRedis, startFaultProxy, startRedisServer } from '@acervo/testing';

import { describeGenerationBusContract } from '../../../contract/generation-bus.contract-suite';
import { RedisGenerationBus } from './redis-generation-bus';

describeWithRedis('with Redis', () => {
  describeGenerationBusContract('Redis', async () => {
    const server = await startRedisServer();
    const proxy = await startFaultProxy(server.port);
    return {
      proxy,
      open: (options) =>
        new RedisGenerationBus({ url: `redis://127.0.0.1:${proxy.port}`, heartbeatMs: 200, ...options }),
      change: async (teller) => {
        teller.tell('documents');
        await Promise.resolve();
      },
      stop: async () => {
        await proxy.close();
        await server.stop();
      },
    };
  });
});
