import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { RunGuard } from './run-guard';

describe('RunGuard', () => {
  it('runs one piece of work after the other and gives their results', async () => {
    const guard = new RunGuard();
    await expect(guard.run(async () => await Promise.resolve(1))).resolves.toBe(1);
    await expect(guard.run(async () => await Promise.reject(new Error('bad')))).rejects.toThrow('bad');
    await expect(guard.run(async () => await Promise.resolve(2))).resolves.toBe(2);
  });

  it('lets nothing begin once it is stopped, seen from the other side too', async () => {
    const guard = new RunGuard();
    expect(guard.stop(0)).toBe(true);
    await expect(
      new RunGuard(guard.memory).run(async () => {
        await Promise.resolve();
      }),
    ).rejects.toThrow('process ends');
  });

  it('waits no longer than it was told for a run that does not end', async () => {
    const guard = new RunGuard();
    let finish!: () => void;
    const run = guard.run(async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    expect(guard.stop(5)).toBe(false);
    finish();
    await run;
    expect(guard.stop(0)).toBe(true);
  });
});

describe('A process that exits while the model runs', () => {
  it('ends with its own exit code', async () => {
    const script = `
      const { WorkerModelThread } = require(${JSON.stringify(join(__dirname, 'model-thread.ts'))});
      const { bundledModelDirectory } = require(${JSON.stringify(join(__dirname, 'model-files.ts'))});
      const thread = new WorkerModelThread(bundledModelDirectory());
      thread.ready.then(() => {
        void thread.run({ ids: new Int32Array(512).fill(905), lengths: Int32Array.of(512), columns: 512 }, 60_000);
        setTimeout(() => process.exit(7), 30);
      });`;
    const child = spawn(process.execPath, ['-r', '@swc-node/register', '-e', script], { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});
