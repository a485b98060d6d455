import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { accepts, sparePort } from './loopback';

export interface RedisServer {
  readonly port: number;
  /** Such as `redis://127.0.0.1:41234`. */
  readonly url: string;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;

const isRedisServerInstalled = spawnSync('redis-server', ['--version']).status === 0;

/**
 * `describe` where redis-server is installed; elsewhere the suite is skipped, loudly.
 * Debian: apt-get install redis-server.
 */
export function describeWithRedis(name: string, suite: () => void): void {
  if (isRedisServerInstalled) {
    describe(name, suite);
    return;
  }
  process.stderr.write(`!!! SKIPPED, redis-server is not installed: ${name}\n`);
  describe.skip(name, suite);
}

/** A real Redis on loopback and a free port, without persistence. Rejects with what it said when it does not start. */
export async function startRedisServer(wantedPort?: number): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-redis-'));
  const port = wantedPort ?? (await sparePort());
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', [...settings, '--dir', directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  child.stdout.on('data', (part: Buffer) => (said = (said + part.toString()).slice(-4_000)));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (performance.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error(`Redis did not start: ${said}`);
    }
    await sleep(20);
  }
  return { port, url: `redis://127.0.0.1:${port}`, stop };
}
