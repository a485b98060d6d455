/**
 * One child process with its limits. `--data` bounds its memory (heap, buffers, native code alike) where prlimit
 * exists; elsewhere only the JavaScript heap is bounded.
 */
import { fork, spawn, type ChildProcess, type ForkOptions, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';

import { workerEntry } from '@acervo/kernel';

import type { ChildReply, ChildRequest } from './parser-protocol';

export interface ProcessLimits {
  readonly maxHeapMegabytes: number;
  readonly maxDataMegabytes: number;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

type Outcome = ChildReply | ({ readonly type: 'exited' } & ProcessExit);

export class ParserProcess {
  private readonly exited: Promise<Outcome>;
  private isGone = false;

  private constructor(private readonly child: ChildProcess) {
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.isGone = true;
        resolve({ type: 'exited', code, signal });
      };
      child.once('exit', end);
      child.once('error', () => {
        end(null, null);
      });
    });
  }

  /** Starts a child; its first reply says `ready`. Ingestion gives way to searches: it runs at the lowest priority. */
  static async start(limits: ProcessLimits): Promise<ParserProcess> {
    const withLimit = await ParserProcess.launch(limits, true);
    return withLimit ?? (await ParserProcess.launch(limits, false)) ?? Promise.reject(new Error('No parser started.'));
  }

  private static async launch(limits: ProcessLimits, isLimited: boolean): Promise<ParserProcess | undefined> {
    const { filename, execArgv } = workerEntry(__dirname, 'parser.child');
    const nodeArguments = [...execArgv, `--max-old-space-size=${limits.maxHeapMegabytes}`];
    const options: ForkOptions = { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced' };
    const data = limits.maxDataMegabytes * 1_048_576;
    const child = isLimited
      ? spawn('prlimit', [`--data=${data}`, '--core=0', process.execPath, ...nodeArguments, filename], {
          stdio: options.stdio ?? 'ignore',
          serialization: 'advanced',
        } as SpawnOptions)
      : fork(filename, { ...options, execArgv: nodeArguments });
    const started = new ParserProcess(child);
    const first = await started.nextReply();
    if (first.type !== 'ready') return undefined;
    if (child.pid !== undefined) lowerPriority(child.pid);
    return started;
  }

  get isAlive(): boolean {
    return !this.isGone;
  }

  /** The reply to `request`, or how the process ended instead. One request at a time. */
  async ask(request: ChildRequest): Promise<Outcome> {
    const reply = this.nextReply();
    this.child.send(request, (error) => {
      if (error !== null) this.child.kill('SIGKILL');
    });
    return await reply;
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private nextReply(): Promise<Outcome> {
    const listening = new AbortController();
    const reply = once(this.child, 'message', { signal: listening.signal }).then(
      ([message]) => message as ChildReply,
      () => this.exited,
    );
    return Promise.race([reply, this.exited]).finally(() => {
      listening.abort();
    });
  }
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // Gone already, or not allowed here: parsing then competes like any other work.
  }
}
