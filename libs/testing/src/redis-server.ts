import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { accepts, sparePort } from './loopback';
import { describeWhere, untilReady } from './server-child';

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
  describeWhere(isRedisServerInstalled, 'redis-server is not installed', name, suite);
}

/** A real Redis on loopback and a free port, without persistence. Rejects with what it said when it does not start. */
export async function startRedisServer(wantedPort?: number): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-redis-'));
  const port = wantedPort ?? (await sparePort());
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', [...settings, '--dir', directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stop } = await untilReady({
    ...{ name: 'Redis', child, directory, timeoutMs: START_TIMEOUT_MS },
    isReady: async () => accepts(port),
  });
  return { port, url: `redis://127.0.0.1:${port}`, stop };
}
