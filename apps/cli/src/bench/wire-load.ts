/** Requests as they go over the wire, sent by a process of its own. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { workerEntry } from '@acervo/kernel';

import type { LoadOrder, LoadReport } from './load.child';
import type { Server } from './server-process';

/** Starts `name` of this folder with a channel. */
export function child(name: string, ...args: string[]): ChildProcess {
  const { filename, execArgv } = workerEntry(__dirname, name);
  return fork(filename, args, { execArgv: [...execArgv], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** @param load a `load.child` */
export async function run(load: ChildProcess, order: LoadOrder): Promise<LoadReport> {
  const report = once(load, 'message') as Promise<[LoadReport]>;
  load.send(order);
  return (await report)[0];
}

export function portOf({ url }: Server): number {
  return Number(new URL(url).port);
}

export function wire(method: string, path: string, headers: readonly string[], content = ''): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', content].join('\r\n');
}
