import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { indexManual, startServer, stop, withOpenEngines, type Server, type Settings } from './server-process';

const benchCollection = 'documents_dev';

export interface BenchServers<Name extends string> {
  readonly of: (name: Name) => Server;
  /** Stops it as an operator would, and starts it on the same data. */
  readonly restart: (name: Name) => Promise<void>;
}

/** A server of its own over the manual, for as long as `work` takes. Nothing is kept. Indexing takes about a minute. */
export async function withBenchServer<T>(
  settings: Settings,
  work: (server: Server) => Promise<T>,
  onProgress: (line: string) => void,
): Promise<T> {
  return await withBenchServers({ one: settings }, (servers) => work(servers.of('one')), onProgress);
}

/**
 * The same with several, each with settings of its own, on copies of the same data.
 * @param pages of the manual that are indexed; default: all
 */
export async function withBenchServers<Name extends string, T>(
  settings: Readonly<Record<Name, Settings>>,
  work: (servers: BenchServers<Name>) => Promise<T>,
  onProgress: (line: string) => void,
  pages?: string[],
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const running = new Map<Name, Server>();
  const start = async (name: Name): Promise<void> => {
    running.set(name, await startServer({ ...benchSettings, ...settings[name], DATA_DIR: join(directory, name) }));
  };
  const of = (name: Name): Server => {
    const server = running.get(name);
    if (server === undefined) throw new Error(`Not started: ${name}`);
    return server;
  };
  const end = async (name: Name): Promise<void> => {
    await stop(of(name).child);
    running.delete(name);
  };
  try {
    onProgress('indexing the manual');
    const data = join(directory, 'indexed');
    await withOpenEngines({ ...benchSettings, ENABLE_CACHE: 'false', DATA_DIR: data }, (engines, context) =>
      indexManual(benchCollection, engines, context, pages),
    );
    for (const name of Object.keys(settings) as Name[]) {
      onProgress(`starting: ${name}`);
      await cp(data, join(directory, name), { recursive: true });
      await start(name);
    }
    return await work({
      of,
      restart: async (name) => {
        await end(name);
        await start(name);
      },
    });
  } finally {
    for (const name of [...running.keys()]) await end(name);
    await rm(directory, { recursive: true, force: true });
  }
}

const benchSettings: Settings = {
  SAMPLE_CORPUS: 'false',
  LOG_LEVEL: 'warn',
  LOG_FORMAT: 'json',
  COLLECTION_NAME: benchCollection,
  LIMIT_CHAT_PER_MINUTE: '0',
  LIMIT_RESEARCH_PER_MINUTE: '0',
};
