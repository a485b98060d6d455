import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ChromaServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;
/** The server is a native add-on; only this one is known to run on the C library of Debian 12. */
export const isChromaServerSupported = process.platform === 'linux' && process.arch === 'x64';

/**
 * A real Chroma server on loopback, a free port and a data folder of its own: the `run` command of the npm package.
 * Rejects with what the server said when it does not answer within 20 s.
 */
export async function startChromaServer(): Promise<ChromaServer> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-chroma-'));
  const port = await sparePort();
  // The package exports neither its manifest nor its command.
  const cli = join(dirname(require.resolve('chromadb')), '..', 'cli.mjs');
  const child = spawn(process.execPath, [cli, 'run', '--path', directory, '--host', '127.0.0.1', '--port', `${port}`], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  const listen = (part: Buffer): void => {
    said = (said + part.toString()).slice(-4_000);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(`${url}/api/v2/heartbeat`))) {
    if (performance.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error(`Chroma did not start: ${said}`);
    }
    await sleep(50);
  }
  return { url, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

async function sparePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
