import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { indexManual, startServer, stop, withOpenEngines, type Server, type Settings } from './server-process';

export const benchCollection = 'documents_dev';

/**
 * A server of its own over the manual, for as long as `work` takes. Nothing is kept.
 * @param pages what to index; default: the whole manual, about a minute
 */
export async function withBenchServer<T>(
  settings: Settings,
  work: (server: Server) => Promise<T>,
  onProgress: (line: string) => void,
  pages?: string[],
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const all = { ...benchSettings, ...settings, DATA_DIR: directory };
  try {
    onProgress('indexing the manual');
    await withOpenEngines(all, (engines, context) => indexManual(benchCollection, engines, context, pages));
    onProgress('starting the server');
    const server = await startServer(all);
    try {
      return await work(server);
    } finally {
      await stop(server.child);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export const benchSettings: Settings = {
  SAMPLE_CORPUS: 'false',
  LOG_LEVEL: 'warn',
  LOG_FORMAT: 'json',
  COLLECTION_NAME: benchCollection,
  LIMIT_CHAT_PER_MINUTE: '0',
  LIMIT_RESEARCH_PER_MINUTE: '0',
};
