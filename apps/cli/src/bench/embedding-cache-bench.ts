/**
 * What embeddings on the disk save: `acervo ingest` takes in a folder twice, in two processes one after the other, each
 * into a collection of its own. The second finds the embeddings, and nothing else, in the cache file of the first.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import type { IngestSummary } from '@acervo/ingest';

import { endedChildrenCpuSeconds } from './process-cpu';

export interface EmbeddingCacheBench {
  readonly files: number;
  readonly chunks: number;
  /** Of a process from its start to its end, all threads, its parser included. */
  readonly firstCpuSeconds: number;
  readonly secondCpuSeconds: number;
  /** second / first */
  readonly ratio: number;
  readonly firstWallSeconds: number;
  readonly secondWallSeconds: number;
}

interface Run {
  readonly summary: IngestSummary;
  readonly cpuSeconds: number;
}

/** @param folder its files are ingested; both collections and the cache lie in a folder of their own and are removed */
export async function benchEmbeddingCache(
  folder: string,
  onProgress: (line: string) => void,
): Promise<EmbeddingCacheBench> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  try {
    onProgress('first process, everything is computed');
    const first = await ingestInProcess(directory, 'first', resolve(folder));
    onProgress('second process');
    const second = await ingestInProcess(directory, 'second', resolve(folder));
    return {
      files: second.summary.files,
      chunks: second.summary.chunks,
      firstCpuSeconds: first.cpuSeconds,
      secondCpuSeconds: second.cpuSeconds,
      ratio: second.cpuSeconds / first.cpuSeconds,
      firstWallSeconds: first.summary.seconds,
      secondWallSeconds: second.summary.seconds,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function ingestInProcess(directory: string, collection: string, folder: string): Promise<Run> {
  const before = await endedChildrenCpuSeconds();
  const entry = process.argv[1] ?? '';
  const command = [...process.execArgv, entry, 'ingest', folder, '--collection', collection, '--json'];
  const child = spawn(process.execPath, command, {
    cwd: directory,
    env: { DATA_DIR: directory, ENVIRONMENT: 'production', AUTH: 'off', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const output = await text(child.stdout);
  await exit;
  if (output === '') throw new Error(`acervo ingest ended with ${String(child.exitCode)} and without a summary.`);
  const summary = JSON.parse(output) as IngestSummary;
  return { summary, cpuSeconds: (await endedChildrenCpuSeconds()) - before };
}
