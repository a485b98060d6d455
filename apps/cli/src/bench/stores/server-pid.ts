/** The process of a server that somebody else started on this machine, by the port on which it listens. Linux only. */
import { readdir, readFile, readlink } from 'node:fs/promises';

import { isGone } from '../process-cpu';

const loopback = ['localhost', '127.0.0.1', '[::1]'];
/** Of /proc/net/tcp, proc(5). */
const listening = '0A';

/** Undefined: it is on another machine, in another container or another user's, so its CPU time cannot be read. */
export async function findServerPid(url: string, defaultPort: number): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  if (!loopback.includes(hostname)) return undefined;
  const sockets = await listeningSockets(port === '' ? defaultPort : Number(port));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids.sort((a, b) => a - b)) {
    if (await holdsOneOf(pid, sockets)) return pid;
  }
  return undefined;
}

async function listeningSockets(port: number): Promise<ReadonlySet<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = await Promise.all(['tcp', 'tcp6'].map(async (name) => readFile(`/proc/net/${name}`, 'utf8')));
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(1)).map((line) => line.trim().split(/\s+/));
  const open = rows.filter(([, address = '', , state]) => address.endsWith(suffix) && state === listening);
  return new Set(open.map((fields) => `socket:[${fields[9] ?? ''}]`));
}

async function holdsOneOf(pid: number, sockets: ReadonlySet<string>): Promise<boolean> {
  try {
    const files = await readdir(`/proc/${pid}/fd`);
    const targets = await Promise.allSettled(files.map(async (file) => readlink(`/proc/${pid}/fd/${file}`)));
    return targets.some((target) => target.status === 'fulfilled' && sockets.has(target.value));
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}
