import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeCacheTierContract } from '../../../contract/cache-tier.contract-suite';

import { createDiskTier } from './disk-tier';

describeCacheTierContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-cache-'));
  let late = 0;
  const tier = await createDiskTier({
    path: join(directory, 'cache.db'),
    maxBytes: 1 << 26,
    now: () => Date.now() + late,
  });
  return {
    tier,
    wait: async (ms) => {
      late += ms;
      await Promise.resolve();
    },
    close: async () => {
      await tier.close();
      rmSync(directory, { recursive: true });
    },
  };
});
