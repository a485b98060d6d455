/**
 * What embeddings on the disk save: a folder is ingested twice by two processes, one after the other, each into a
 * collection of its own. The second finds every embedding in the cache file of the first, and nothing else.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { workerEntry } from '@acervo/kernel';

/** What one process tells of its ingestion. */
export interface IngestRun {
  readonly files: number;
  readonly chunks: number;
  /** Of the process from its start to its end, all threads, its parser included. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly hits: number;
  readonly misses: number;
}

export interface EmbeddingCacheBench {
  readonly files: number;
  readonly chunks: number;
  readonly firstCpuSeconds: number;
  readonly secondCpuSeconds: number;
  /** second / first */
  readonly ratio: number;
  readonly firstWallSeconds: number;
  readonly secondWallSeconds: number;
  readonly secondHits: number;
  readonly secondMisses: number;
}

/** @param folder its files are ingested; the cache and both collections lie in a folder of their own and are removed */
export async function benchEmbeddingCache(folder: string): Promise<EmbeddingCacheBench> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  try {
    const first = await ingestInProcess(directory, 'first', resolve(folder));
    const second = await ingestInProcess(directory, 'second', resolve(folder));
    return {
      files: second.files,
      chunks: second.chunks,
      firstCpuSeconds: first.cpuSeconds,
      secondCpuSeconds: second.cpuSeconds,
      ratio: second.cpuSeconds / first.cpuSeconds,
      firstWallSeconds: first.wallSeconds,
      secondWallSeconds: second.wallSeconds,
      secondHits: second.hits,
      secondMisses: second.misses,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function ingestInProcess(directory: string, collection: string, folder: string): Promise<IngestRun> {
  const { filename, execArgv } = workerEntry(__dirname, 'ingest-once.child');
  const child = fork(filename, [directory, collection, folder], { execArgv });
  const told: IngestRun[] = [];
  child.on('message', (message) => told.push(message as IngestRun));
  const [code] = (await once(child, 'exit')) as [number | null];
  const [run] = told;
  if (code !== 0 || run === undefined) throw new Error(`The process that ingests ended with ${String(code)}.`);
  return run;
}
