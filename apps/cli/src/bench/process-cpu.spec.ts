import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { treeCpuMs } from './process-cpu';

describe('the CPU time of a process and its children', () => {
  it('holds that of children, also once they have ended', async () => {
    const burn = 'const until = process.cpuUsage().user + 200_000; while (process.cpuUsage().user < until);';
    const before = await treeCpuMs(process.pid);
    await once(spawn(process.execPath, ['-e', burn]), 'exit');
    expect((await treeCpuMs(process.pid)) - before).toBeGreaterThanOrEqual(190);
  });
});
