import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { accepts, sparePort } from './loopback';
import { describeWhere, untilReady } from './server-child';

export interface NginxServer {
  readonly port: number;
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly pid: number;
  /** What it wrote to its standard error last. */
  log(): string;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

const startTimeoutMs = 10_000;
/** Debian keeps it out of the path of users. */
const env = { ...process.env, PATH: [process.env['PATH'], '/usr/sbin'].join(delimiter) };
const isNginxInstalled = spawnSync('nginx', ['-v'], { env }).status === 0;

/** `describe` where nginx is installed; elsewhere the suite is skipped, loudly. Debian: apt-get install nginx. */
export function describeWithNginx(name: string, suite: () => void): void {
  describeWhere(isNginxInstalled, 'nginx is not installed', name, suite);
}

/**
 * A real nginx on loopback and a free port. Rejects with what it said when it does not start.
 *
 * @param directives of the `http` block, such as `upstream`
 * @param server of the one `server` block, such as `location`
 */
export async function startNginxServer(directives: string, server: string): Promise<NginxServer> {
  const directory = await makeNginxFolder();
  const port = await sparePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const configuration = `
    daemon off; worker_processes 1; pid ${directory}/pid; error_log stderr warn;
    events {}
    http {
      access_log off;
      ${temporary.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join(' ')}
      ${directives}
      server {
        listen 127.0.0.1:${port};
        ${server}
      }
    }`;
  await writeFile(join(directory, 'nginx.conf'), configuration);
  return await runNginx(directory, port);
}

/** For `nginx.conf` and what it names. */
export async function makeNginxFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'acervo-nginx-'));
}

/**
 * Runs the `nginx.conf` of a folder, which must not make a daemon of itself, until it listens on a port of loopback.
 * Rejects with what it said when it does not start; the folder goes with the server.
 */
export async function runNginx(directory: string, port: number): Promise<NginxServer> {
  const child = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { log, stop } = await untilReady({
    ...{ name: 'nginx', child, directory, timeoutMs: startTimeoutMs, endedBy: 'SIGTERM' },
    isReady: async () => accepts(port),
  });
  return { port, url: `http://127.0.0.1:${port}`, pid: child.pid ?? -1, log, stop };
}
