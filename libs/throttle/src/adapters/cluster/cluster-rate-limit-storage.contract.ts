import { describeRateLimitStorageContract } from '../../../contract/rate-limit-storage.contract-suite';
import { MemoryRateLimitStorage } from '../memory/memory-rate-limit-storage';

import { ClusterRateLimitStorage } from './cluster-rate-limit-storage';
import { decideLimits } from './decide-limits';

describeRateLimitStorageContract('the primary of a cluster', async () => {
  let nowMs = 0;
  const primary = new MemoryRateLimitStorage({ now: () => nowMs });
  const storage = new ClusterRateLimitStorage({
    send: (asked) => {
      setImmediate(() => {
        storage.settle(structuredClone(decideLimits(primary, structuredClone(asked))));
      });
    },
  });
  return await Promise.resolve({
    storage,
    setTime: (ms) => (nowMs = ms),
    close: async () => {
      await storage.close();
      await primary.close();
    },
  });
});
