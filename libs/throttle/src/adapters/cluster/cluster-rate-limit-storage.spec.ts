import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

import { callContext, workerEntry } from '@acervo/kernel';

import { DegradingRateLimitStorage } from '../../degrading-rate-limit-storage';
import { MemoryRateLimitStorage } from '../memory/memory-rate-limit-storage';

import { ClusterRateLimitStorage } from './cluster-rate-limit-storage';
import { decideLimits } from './decide-limits';
import type { LimitsAsked } from './limit-messages';

const limitOf = (key: string, limit: number) => ({ key, limit, windowMs: 60_000, weight: 1 });

describe('ClusterRateLimitStorage', () => {
  it('asks once for all that is taken in one turn', async () => {
    const primary = new MemoryRateLimitStorage();
    const asks: LimitsAsked[] = [];
    const storage = new ClusterRateLimitStorage({
      send: (asked) => {
        asks.push(asked);
        storage.settle(decideLimits(primary, asked));
      },
    });
    const take = async () => await storage.take([limitOf('a', 7)], callContext(5_000));
    const decisions = await Promise.all(Array.from({ length: 10 }, take));
    expect(decisions.filter(({ isAllowed }) => isAllowed)).toHaveLength(7);
    expect(asks.map(({ takes }) => takes.length)).toEqual([10]);
    await primary.close();
  });

  it('holds a share of the limits while the primary does not answer, and goes back by itself', async () => {
    const primary = new MemoryRateLimitStorage();
    let answers = false;
    const shared = new ClusterRateLimitStorage({
      send: (asked) => {
        if (answers) shared.settle(decideLimits(primary, asked));
      },
    });
    let isBack = (): void => undefined;
    const back = new Promise<void>((resolve) => (isBack = resolve));
    const storage = new DegradingRateLimitStorage(shared, new MemoryRateLimitStorage(), {
      replicas: 4,
      timeoutMs: 20,
      probePauseMs: 20,
      onChange: (isDegraded) => {
        if (!isDegraded) isBack();
      },
    });
    let admitted = 0;
    for (let nth = 0; nth < 6; nth += 1)
      if ((await storage.take([limitOf('a', 10)], callContext(5_000))).isAllowed) admitted += 1;
    expect(admitted).toBe(2);
    expect(storage.isDegraded).toBe(true);
    answers = true;
    await back;
    expect((await storage.take([limitOf('a', 10)], callContext(5_000))).perLimit[0]?.remaining).toBe(9);
    await storage.close();
    await primary.close();
  });

  it('refuses what comes when ten thousand wait', async () => {
    const storage = new ClusterRateLimitStorage({ send: () => undefined });
    const waiting = Array.from({ length: 10_000 }, async () =>
      storage.take([limitOf('a', 1)], callContext(5_000)).catch(() => undefined),
    );
    await expect(storage.take([limitOf('a', 1)], callContext(5_000))).rejects.toThrow('10000 takes wait');
    await new Promise(setImmediate);
    await storage.close();
    await Promise.all(waiting);
  });

  it('C1: admits exactly 60, 30, 10 and 100 of 1,000 at once over four processes', async () => {
    const primary = new MemoryRateLimitStorage();
    const { filename, execArgv } = workerEntry(`${__dirname}/../../../contract`, 'cluster-limits.child');
    const workers: ChildProcess[] = [];
    const counts = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const worker = fork(filename, { execArgv, serialization: 'advanced' });
        workers.push(worker);
        worker.on('message', (message: LimitsAsked | { kind: 'admitted' }) => {
          if (message.kind === 'limits') worker.send(decideLimits(primary, message));
        });
        for (;;) {
          const [message] = (await once(worker, 'message')) as [LimitsAsked | { kind: 'admitted'; counts: number[] }];
          if (message.kind === 'admitted') return message.counts;
        }
      }),
    );
    const admitted = [0, 1, 2, 3].map((nth) => counts.reduce((sum, of) => sum + (of[nth] ?? 0), 0));
    expect(admitted).toEqual([60, 30, 10, 100]);
    await Promise.all(workers.map(async (worker) => worker.exitCode ?? once(worker, 'exit')));
    await primary.close();
  }, 60_000);
});
