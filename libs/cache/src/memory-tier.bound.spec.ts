import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

describe('the memory of the memory tier', () => {
  it.each([16, 1_500])(
    'stays within its bound and 10 %% for a million distinct keys, values of %d bytes (B9)',
    (size) => {
      const child = join(__dirname, '../bench/memory-bound.child.ts');
      const options = ['--expose-gc', '-r', '@swc-node/register', child, String(size)];
      const { share, counted } = JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' })) as Record<
        'share' | 'counted',
        number
      >;
      expect(share).toBeLessThanOrEqual(1.1);
      expect(counted).toBeGreaterThan(0.8);
    },
  );
});
