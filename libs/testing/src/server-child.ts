/** What real servers that tests start have in common: a process, a folder of its own, what it says, its end. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerChildOptions {
  /** As its failure names it. */
  readonly name: string;
  /** With pipes where it speaks. */
  readonly child: ChildProcess;
  /** Goes with the server. */
  readonly directory: string;
  readonly isReady: () => Promise<boolean>;
  readonly timeoutMs: number;
  /** Default SIGKILL. */
  readonly endedBy?: NodeJS.Signals;
  /** Characters that are kept of what it says. Default 4,000. */
  readonly keptCharacters?: number;
}

export interface ServerChild {
  /** What it said last. */
  readonly log: () => string;
  /** Ends the process and removes its folder. */
  readonly stop: () => Promise<void>;
}

/** Resolves once the server is ready. Rejects with what it said, and without leaving anything, when it does not start. */
export async function untilReady(options: ServerChildOptions): Promise<ServerChild> {
  const { name, child, directory, isReady, timeoutMs, endedBy = 'SIGKILL', keptCharacters = 4_000 } = options;
  const exited = once(child, 'exit');
  let said = '';
  const listen = (part: Buffer): void => {
    said = (said + part.toString()).slice(-keptCharacters);
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(endedBy);
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = performance.now() + timeoutMs;
  while (!(await isReady())) {
    if (performance.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error(`${name} did not start: ${said}`);
    }
    await sleep(20);
  }
  return { log: () => said, stop };
}

/** True when the address answers with success within a second. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

/** `describe` where a server is installed; elsewhere the suite is skipped, loudly. */
export function describeWhere(isInstalled: boolean, missing: string, name: string, suite: () => void): void {
  if (isInstalled) {
    describe(name, suite);
    return;
  }
  process.stderr.write(`!!! SKIPPED, ${missing}: ${name}\n`);
  describe.skip(name, suite);
}
