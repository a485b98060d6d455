/**
 * What a control group lets its processes have, and what they use of it: version 2, and version 1 as older hosts have
 * it. Without limits, or where there are no control groups (not Linux), everything is undefined.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CgroupUsage {
  /** Processors; may be a fraction. Undefined: no limit. */
  readonly cpuLimit: number | undefined;
  /** Since the group was made. */
  readonly cpuSeconds: number | undefined;
  readonly memoryLimitBytes: number | undefined;
  /** Without the files that the kernel keeps in memory and could drop: as Kubernetes counts it. */
  readonly memoryUsedBytes: number | undefined;
}

/** @param root where control groups are mounted; @param membership what says the group of this process */
export function readCgroup(root = '/sys/fs/cgroup', membership = '/proc/self/cgroup'): CgroupUsage {
  const groups = read(membership)?.split('\n') ?? [];
  const unified = groups.find((line) => line.startsWith('0::'))?.slice(3);
  const folders = [...(unified === undefined ? [] : [join(root, unified)]), root];
  const folder = folders.find((one) => read(join(one, 'cpu.stat')) !== undefined && !isVersion1(root));
  return folder === undefined ? readVersion1(root) : readVersion2(folder);
}

function readVersion2(folder: string): CgroupUsage {
  const [quota, period] = read(join(folder, 'cpu.max'))?.split(' ') ?? [];
  const usage = fieldOf(read(join(folder, 'cpu.stat')), 'usage_usec');
  const used = numberIn(join(folder, 'memory.current'));
  const files = fieldOf(read(join(folder, 'memory.stat')), 'inactive_file') ?? 0;
  return {
    cpuLimit: quota === undefined || quota === 'max' ? undefined : Number(quota) / Number(period),
    cpuSeconds: usage === undefined ? undefined : usage / 1e6,
    memoryLimitBytes: limitOf(numberIn(join(folder, 'memory.max'))),
    memoryUsedBytes: used === undefined ? undefined : Math.max(0, used - files),
  };
}

function readVersion1(root: string): CgroupUsage {
  const quota = numberIn(join(root, 'cpu/cpu.cfs_quota_us'));
  const period = numberIn(join(root, 'cpu/cpu.cfs_period_us'));
  const usage = numberIn(join(root, 'cpuacct/cpuacct.usage'));
  const used = numberIn(join(root, 'memory/memory.usage_in_bytes'));
  const files = fieldOf(read(join(root, 'memory/memory.stat')), 'total_inactive_file') ?? 0;
  return {
    cpuLimit: quota === undefined || quota <= 0 || period === undefined ? undefined : quota / period,
    cpuSeconds: usage === undefined ? undefined : usage / 1e9,
    memoryLimitBytes: limitOf(numberIn(join(root, 'memory/memory.limit_in_bytes'))),
    memoryUsedBytes: used === undefined ? undefined : Math.max(0, used - files),
  };
}

function isVersion1(root: string): boolean {
  return read(join(root, 'memory/memory.limit_in_bytes')) !== undefined;
}

/** Version 1 says "no limit" with the largest number of pages. */
function limitOf(bytes: number | undefined): number | undefined {
  return bytes === undefined || bytes >= Number.MAX_SAFE_INTEGER ? undefined : bytes;
}

function numberIn(path: string): number | undefined {
  const text = read(path);
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

function fieldOf(text: string | undefined, name: string): number | undefined {
  const found = text?.split('\n').find((line) => line.startsWith(`${name} `));
  return found === undefined ? undefined : Number(found.slice(name.length + 1));
}

/** A few of the small files of the kernel, which are in memory. Undefined: there is none. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
