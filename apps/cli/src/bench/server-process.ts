/** What benchmarks of the server share: data to search in, a server process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createLogger, openEngines, type Engines } from '@acervo/api';
import { loadConfig } from '@acervo/config';
import { ingestPaths } from '@acervo/ingest';
import { callContext, packageRoot, type CallContext } from '@acervo/kernel';

const timeoutMs = 20 * 60_000;

/** Unless limits are what is measured. */
const withoutLimits = { LIMIT_SEARCH_PER_MINUTE: '0', LIMIT_DEFAULT_PER_MINUTE: '0' };

export type Settings = Readonly<Record<string, string>>;

export async function withOpenEngines<T>(
  settings: Settings,
  work: (engines: Engines, context: CallContext) => Promise<T>,
): Promise<T> {
  const { config } = loadConfig({}, '', settings);
  const engines = await openEngines(config, createLogger(config));
  try {
    const context = callContext(timeoutMs);
    await engines.openCollections(context);
    return await work(engines, context);
  } finally {
    await engines.close();
  }
}

/** Indexes the manual, or some of its pages, into `collection`; how many passages. */
export async function indexManual(
  collection: string,
  engines: Engines,
  context: CallContext,
  pages = ['docs/en', 'docs/pt'],
): Promise<number> {
  const paths = pages.map((page) => join(packageRoot(__dirname), page));
  let chunks = 0;
  for await (const event of ingestPaths(engines, paths, { collection }, context)) {
    if (event.type === 'finished') chunks = event.summary.chunks;
  }
  return chunks;
}

export interface Server {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Resolves once the server is ready. `settings` are its whole configuration beside the address. */
export async function startServer(settings: Settings): Promise<Server> {
  const entry = process.argv[1] ?? '';
  const env = { ...withoutLimits, ...settings, HOST: '127.0.0.1', PORT: '0' };
  const child = spawn(process.execPath, [...process.execArgv, entry, 'serve'], {
    cwd: settings['DATA_DIR'],
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`The server exited with ${code}: ${output}`));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /listens on (http:\S+)/.exec(output)?.[1];
      if (found === undefined) return;
      child.stdout.removeAllListeners('data').resume();
      resolve(found.replace('localhost', '127.0.0.1'));
    });
  });
  for (let nth = 0; nth < 200; nth++) {
    if ((await fetch(`${url}/health/ready`)).ok) return { child, url };
    await delay(50);
  }
  throw new Error('The server did not get ready');
}

export async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
