import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { readCgroup } from './cgroup';
import { MachineMeter } from './machine-load';

function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'acervo-cgroup-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const version2 = {
  'cpu.max': '150000 100000\n',
  'cpu.stat': 'usage_usec 2500000\nuser_usec 1\n',
  'memory.max': '536870912\n',
  'memory.current': '300000000\n',
  'memory.stat': 'anon 1\ninactive_file 100000000\n',
};
const expected = { cpuLimit: 1.5, cpuSeconds: 2.5, memoryLimitBytes: 536_870_912, memoryUsedBytes: 200_000_000 };

describe('the control group of this process', () => {
  it('is read as version 2 writes it, in a container', () => {
    const root = tree(version2);
    expect(readCgroup(root, join(tree({ cgroup: '0::/\n' }), 'cgroup'))).toEqual(expected);
  });

  it('is the one below the root that the process is in', () => {
    const below = Object.fromEntries(
      Object.entries(version2).map(([name, text]) => [`system.slice/acervo/${name}`, text]),
    );
    const membership = join(tree({ cgroup: '0::/system.slice/acervo\n' }), 'cgroup');
    expect(readCgroup(tree(below), membership)).toEqual(expected);
  });

  it('is read as version 1 writes it', () => {
    const root = tree({
      'cpu/cpu.cfs_quota_us': '150000\n',
      'cpu/cpu.cfs_period_us': '100000\n',
      'cpuacct/cpuacct.usage': '2500000000\n',
      'memory/memory.limit_in_bytes': '536870912\n',
      'memory/memory.usage_in_bytes': '300000000\n',
      'memory/memory.stat': 'total_inactive_file 100000000\n',
    });
    expect(readCgroup(root, '/nowhere')).toEqual(expected);
  });

  it('has no limits where none are set, and nothing at all where there are no groups', () => {
    const unlimited = tree({ ...version2, 'cpu.max': 'max 100000\n', 'memory.max': 'max\n' });
    expect(readCgroup(unlimited, '/nowhere')).toMatchObject({ cpuLimit: undefined, memoryLimitBytes: undefined });
    expect(readCgroup('/nowhere', '/nowhere')).toEqual({});
  });
});

describe('the load of the machine', () => {
  it('is that of the group where it has limits', () => {
    let cpuSeconds = 0;
    const meter = new MachineMeter(() => ({ ...expected, cpuLimit: 0.5, cpuSeconds: (cpuSeconds += 1_000) }));
    const load = meter.read();
    expect(load).toMatchObject({
      limitedBy: 'cgroup',
      memoryUsedBytes: 200_000_000,
      memoryLimitBytes: 536_870_912,
      cpus: 0.5,
    });
    expect(load.cpuPercent).toBeGreaterThan(100);
  });

  it('is that of the host elsewhere', () => {
    const none = {
      cpuLimit: undefined,
      cpuSeconds: undefined,
      memoryLimitBytes: undefined,
      memoryUsedBytes: undefined,
    };
    const load = new MachineMeter(() => none).read();
    expect(load.limitedBy).toBe('host');
    expect(load.cpuPercent).toBeGreaterThanOrEqual(0);
    expect(load.cpuPercent).toBeLessThanOrEqual(100);
    expect(load.memoryUsedBytes).toBeLessThan(load.memoryLimitBytes);
  });
});
