import { describeRateLimitStorageContract } from '../../../contract/rate-limit-storage.contract-suite';

import { MemoryRateLimitStorage } from './memory-rate-limit-storage';

describeRateLimitStorageContract('memory', async () => {
  let nowMs = 0;
  const storage = new MemoryRateLimitStorage({ now: () => nowMs });
  return await Promise.resolve({
    storage,
    setTime: (ms) => (nowMs = ms),
    close: async () => {
      await storage.close();
    },
  });
});
