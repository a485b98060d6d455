import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { sparePort } from './loopback';
import { answers, untilReady } from './server-child';

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
  const url = `http://127.0.0.1:${port}`;
  const { stop } = await untilReady({
    ...{ name: 'Chroma', child, directory, timeoutMs: START_TIMEOUT_MS },
    isReady: async () => answers(`${url}/api/v2/heartbeat`),
  });
  return { url, stop };
}
