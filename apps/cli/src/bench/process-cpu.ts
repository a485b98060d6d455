/** What processes use, as Linux tells it in /proc/PID (proc(5)): processor time in ticks of 10 ms, memory in kB. */
import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

type Process = Pick<ChildProcess, 'pid'>;

interface CpuMs {
  /** utime + stime. */
  readonly own: number;
  /** cutime + cstime: of children that have ended, and theirs. */
  readonly endedChildren: number;
}

export async function cpuMsOf({ pid }: Process): Promise<number> {
  return (await readCpuMs(`/proc/${pid}`)).own;
}

/** By thread id. */
export async function threadCpuMsOf({ pid }: Process): Promise<ReadonlyMap<string, number>> {
  const threads = await readdir(`/proc/${pid}/task`);
  return new Map(
    await Promise.all(threads.map(async (tid) => [tid, (await readCpuMs(`/proc/${pid}/task/${tid}`)).own] as const)),
  );
}

/** Of a process, of those it forked and of those of them that ended. 0 when it ended itself: its parent has its time. */
export async function treeCpuMs(pid: number): Promise<number> {
  try {
    const { own, endedChildren } = await readCpuMs(`/proc/${pid}`);
    const children = await Promise.all((await childrenOf({ pid })).map(async (child) => treeCpuMs(child.pid)));
    return children.reduce((sum, ms) => sum + ms, own + endedChildren);
  } catch (error) {
    if (isGone(error)) return 0;
    throw error;
  }
}

/** Of children of this process that have ended, and theirs. */
export async function endedChildrenCpuSeconds(): Promise<number> {
  return (await readCpuMs('/proc/self')).endedChildren / 1_000;
}

/** Processes that it has forked. */
export async function childrenOf({ pid }: Process): Promise<{ readonly pid: number }[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children
    .trim()
    .split(' ')
    .filter((text) => text !== '')
    .map((text) => ({ pid: Number(text) }));
}

export async function rssMiBOf({ pid }: Process): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}

/** A process that ended between two looks. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}

async function readCpuMs(folder: string): Promise<CpuMs> {
  const stat = await readFile(`${folder}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ms = (at: number): number => (Number(fields[at]) + Number(fields[at + 1])) * 10;
  return { own: ms(11), endedChildren: ms(13) };
}
