/** Ingests one folder into one collection and tells its parent what that cost: see embedding-cache-bench.ts. */
import { readFile } from 'node:fs/promises';

import { createLogger, openEngines } from '@acervo/api';
import { loadConfig } from '@acervo/config';
import { ingestPaths } from '@acervo/ingest';
import { callContext } from '@acervo/kernel';

import type { IngestRun } from './embedding-cache-bench';

const timeoutMs = 60 * 60_000;

async function ingest(directory: string, collection: string, folder: string): Promise<void> {
  const settings = { ENVIRONMENT: 'production', AUTH: 'off', DATA_DIR: directory, LOG_LEVEL: 'silent' };
  const { config } = loadConfig({}, '', settings);
  const engines = await openEngines(config, createLogger(config));
  const counts = { files: 0, chunks: 0, wallSeconds: 0 };
  for await (const event of ingestPaths(engines, [folder], { collection }, callContext(timeoutMs))) {
    if (event.type !== 'finished') continue;
    const { files, chunks, seconds } = event.summary;
    Object.assign(counts, { files, chunks, wallSeconds: seconds });
  }
  const { hits = 0, misses = 0 } = (await engines.embeddingCache?.stats()) ?? {};
  await engines.close();
  const run: IngestRun = { ...counts, hits, misses, cpuSeconds: await cpuSeconds() };
  process.send?.(run);
}

/** Of this process and its children that have ended: utime, stime, cutime and cstime of proc(5), in ticks of 10 ms. */
async function cpuSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
}

const [directory = '', collection = '', folder = ''] = process.argv.slice(2);
ingest(directory, collection, folder).then(
  () => {
    process.disconnect();
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
