import { fork, type ChildProcess } from 'node:child_process';

import { workerEntry } from '@acervo/kernel';

import type { LoadMessage, LoadReport } from './load.child';
import type { LoadOrder, Source } from './load-order';

export interface LoadProgress {
  readonly elapsedMs: number;
  readonly ended: number;
}

/** An order needs its address, what to ask, how often and how long; the rest may be left out. */
export type LoadRequest = Pick<LoadOrder, 'url' | 'work' | 'ms'> &
  Partial<LoadOrder> & { readonly pace?: Source['pace'] };

/** The process of the load generator; one order at a time. */
export class LoadProcess {
  private readonly child: ChildProcess;

  constructor() {
    const { filename, execArgv } = workerEntry(__dirname, 'load.child');
    this.child = fork(filename, [], {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** @throws when the process ends before it has reported */
  async run(request: LoadRequest, onProgress?: (progress: LoadProgress) => void): Promise<LoadReport> {
    const { child } = this;
    return await new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => {
        reject(new Error(`The load generator ended with ${code}.`));
      };
      const onMessage = (message: LoadMessage): void => {
        if (message.kind === 'second') {
          onProgress?.(message);
          return;
        }
        child.off('exit', onExit).off('message', onMessage);
        resolve(message.report);
      };
      child.once('exit', onExit).on('message', onMessage).send(orderFrom(request));
    });
  }

  close(): void {
    if (this.child.connected) this.child.disconnect();
  }
}

function orderFrom({ pace, ...request }: LoadRequest): LoadOrder {
  return {
    sources: [{ name: 'load', pace: pace ?? { kind: 'closed', atOnce: 8 } }],
    ...{ seed: 1, maxInFlight: 1_000, timeoutMs: 30_000, keepsConnections: true, headers: {}, keepsReplies: false },
    ...request,
  };
}
