import { availableParallelism, cpus, freemem, totalmem } from 'node:os';

import { readCgroup, type CgroupUsage } from './cgroup';

/** What this process sees of its machine, and of itself, since the reading before. */
export interface MachineLoad {
  /** 0..100 of the host, or of the limit of the control group. */
  readonly cpuPercent: number;
  readonly memoryUsedBytes: number;
  readonly memoryLimitBytes: number;
  /** Processors that may be used. */
  readonly cpus: number;
  readonly limitedBy: 'host' | 'cgroup';
  /** Of one processor: two threads may use 200. */
  readonly processCpuPercent: number;
  readonly processMemoryBytes: number;
}

interface Reading {
  readonly atMs: number;
  readonly hostBusyMs: number;
  readonly hostTotalMs: number;
  readonly processMs: number;
  readonly cgroup: CgroupUsage;
}

export class MachineMeter {
  private before: Reading;

  constructor(private readonly cgroup: () => CgroupUsage = readCgroup) {
    this.before = this.take();
  }

  /** Averages are over the time since the call before. Cost: a few small files of the kernel, under a millisecond. */
  read(): MachineLoad {
    const [before, now] = [this.before, this.take()];
    this.before = now;
    const wallMs = Math.max(1, now.atMs - before.atMs);
    const { cpuLimit, memoryLimitBytes, memoryUsedBytes } = now.cgroup;
    const hostBytes = totalmem();
    const isMemoryLimited = memoryLimitBytes !== undefined && memoryLimitBytes < hostBytes;
    const isCpuLimited = cpuLimit !== undefined && cpuLimit < cpus().length;
    return {
      cpuPercent: isCpuLimited ? groupCpu(before, now, cpuLimit, wallMs) : hostCpu(before, now),
      memoryUsedBytes: isMemoryLimited ? (memoryUsedBytes ?? 0) : hostBytes - freemem(),
      memoryLimitBytes: isMemoryLimited ? memoryLimitBytes : hostBytes,
      cpus: isCpuLimited ? cpuLimit : availableParallelism(),
      limitedBy: isCpuLimited || isMemoryLimited ? 'cgroup' : 'host',
      processCpuPercent: ((now.processMs - before.processMs) / wallMs) * 100,
      processMemoryBytes: process.memoryUsage.rss(),
    };
  }

  private take(): Reading {
    let [hostBusyMs, hostTotalMs] = [0, 0];
    for (const { times } of cpus()) {
      const busy = times.user + times.nice + times.sys + times.irq;
      hostBusyMs += busy;
      hostTotalMs += busy + times.idle;
    }
    const { user, system } = process.cpuUsage();
    const processMs = (user + system) / 1_000;
    return { atMs: performance.now(), hostBusyMs, hostTotalMs, processMs, cgroup: this.cgroup() };
  }
}

function hostCpu(before: Reading, now: Reading): number {
  const total = now.hostTotalMs - before.hostTotalMs;
  return total <= 0 ? 0 : ((now.hostBusyMs - before.hostBusyMs) / total) * 100;
}

function groupCpu(before: Reading, now: Reading, limit: number, wallMs: number): number {
  const seconds = (now.cgroup.cpuSeconds ?? 0) - (before.cgroup.cpuSeconds ?? 0);
  return Math.max(0, (seconds / (wallMs / 1_000) / limit) * 100);
}
