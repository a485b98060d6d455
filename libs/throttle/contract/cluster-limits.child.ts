/** Takes 250 permits of each of four limits at once from the process that forked it, and tells how many it got. */
import { callContext } from '@acervo/kernel';

import { ClusterRateLimitStorage } from '../src/adapters/cluster/cluster-rate-limit-storage';
import type { LimitsDecided } from '../src/adapters/cluster/limit-messages';

async function run(): Promise<void> {
  const storage = new ClusterRateLimitStorage({ send: (asked) => process.send?.(asked) });
  process.on('message', (message: LimitsDecided) => {
    storage.settle(message);
  });
  const counts = await Promise.all(
    [60, 30, 10, 100].map(async (limit) => {
      const asked = Array.from({ length: 250 }, async () =>
        storage.take([{ key: `limit ${limit}`, limit, windowMs: 600_000, weight: 1 }], callContext(30_000)),
      );
      return (await Promise.all(asked)).filter(({ isAllowed }) => isAllowed).length;
    }),
  );
  process.send?.({ kind: 'admitted', counts }, () => {
    process.disconnect();
  });
}

void run();
