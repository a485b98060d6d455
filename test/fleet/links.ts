import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Fault } from '@acervo/testing';

import { repositoryRoot } from '../e2e/acervo-process';

interface Told {
  readonly name: string;
  readonly port: number;
}

/** Proxies between the servers and their engines: see links.child.ts. */
export class Links {
  private readonly child: ChildProcess;
  /** One after the other: answers come in the order of what was told. */
  private last: Promise<unknown> = Promise.resolve();

  constructor() {
    this.child = fork(join(__dirname, 'links.child.ts'), {
      cwd: repositoryRoot,
      execArgv: ['-r', '@swc-node/register'],
    });
  }

  /** Gives the port of a proxy before `port`. */
  async add(name: string, port: number): Promise<number> {
    return await this.tell({ name, port });
  }

  /** Resolves when it holds, for open connections and new ones. */
  async setFault(name: string, fault: Fault): Promise<void> {
    await this.tell({ name, fault });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }

  private async tell(message: object): Promise<number> {
    const answer = this.last.then(async () => {
      const answered = once(this.child, 'message', { signal: AbortSignal.timeout(30_000) });
      this.child.send(message);
      const [told] = (await answered) as [Told];
      return told.port;
    });
    this.last = answer.catch(() => undefined);
    return await answer;
  }
}
