import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { MemoryTier } from './memory-tier';

describe('the memory of the memory tier', () => {
  it.each([16, 1_500])(
    'stays within its bound and 10 %% for a million distinct keys with values of %d bytes (B9)',
    (size) => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      const held = (): number => {
        collect();
        const { heapUsed, external } = process.memoryUsage();
        return heapUsed + external;
      };
      const maxBytes = 48 << 20;
      const before = held();
      const tier = new MemoryTier<Buffer>({ maxEntries: 1e9, maxBytes });
      const filler = 'k'.repeat(44);
      for (let nth = 0; nth < 1_000_000; nth++) {
        const key = Buffer.from(`${filler}${nth.toString().padStart(9, '0')}`).toString('latin1');
        tier.set(key, Buffer.allocUnsafeSlow(size), size, Infinity);
      }
      expect(held() - before).toBeLessThanOrEqual(maxBytes * 1.1);
      expect(tier.stats().bytes).toBeGreaterThan(maxBytes * 0.8);
    },
  );
});
