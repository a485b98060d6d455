/**
 * Ingestion beside the model alone: chunks a CPU second of the whole pipeline on a folder, against the same passages
 * given to the embedder and nothing else. Both take turns on parts of the folder, so that a busy machine slows them
 * alike.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLogger, openEngines, type Engines } from '@acervo/api';
import { loadConfig } from '@acervo/config';
import { buildPassage, ingestPaths } from '@acervo/ingest';
import { callContext, type CallContext } from '@acervo/kernel';

import { endedChildrenCpuSeconds } from './process-cpu';

export interface IngestBenchResult {
  readonly files: number;
  readonly skipped: number;
  readonly chunks: number;
  readonly pipelineChunksPerCpuSecond: number;
  readonly modelChunksPerCpuSecond: number;
  /** pipeline / model alone */
  readonly ratio: number;
  readonly wallSeconds: number;
}

const timeoutMs = 60 * 60_000;
const collection = 'bench';
const turns = 8;

export async function benchIngest(folder: string, onProgress: (line: string) => void): Promise<IngestBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const settings = {
    ENVIRONMENT: 'production',
    AUTH: 'off',
    DATA_DIR: directory,
    LOG_LEVEL: 'silent',
    ENABLE_CACHE: 'false',
  };
  const { config } = loadConfig({}, '', settings);
  const engines = await openEngines(config, createLogger(config));
  const childrenBefore = await endedChildrenCpuSeconds();
  const counts = { files: 0, skipped: 0, chunks: 0, embedded: 0, wallSeconds: 0 };
  const seconds = { pipeline: 0, alone: 0 };
  try {
    const context = callContext(timeoutMs);
    const known = new Set<number>();
    for (const [nth, files] of (await inTurns(folder)).entries()) {
      const before = cpuSeconds();
      for await (const event of ingestPaths(engines, files, { collection }, context)) {
        if (event.type !== 'finished') continue;
        counts.files += event.summary.files;
        counts.skipped += event.summary.skipped;
        counts.chunks += event.summary.chunks;
        counts.embedded += event.summary.embedded;
        counts.wallSeconds += event.summary.seconds;
      }
      seconds.pipeline += cpuSeconds() - before;
      const keys = [...(await engines.store.listKeys(collection, context))].filter((key) => !known.has(key));
      for (const key of keys) known.add(key);
      seconds.alone += await embedAlone(engines, keys, context);
      onProgress(`turn ${nth + 1} of ${turns}: ${counts.chunks} chunks`);
    }
  } finally {
    await engines.close();
    await rm(directory, { recursive: true, force: true });
  }
  seconds.pipeline += (await endedChildrenCpuSeconds()) - childrenBefore;
  const { files, skipped, chunks, embedded, wallSeconds } = counts;
  const pipeline = embedded / seconds.pipeline;
  const model = chunks / seconds.alone;
  return {
    files,
    skipped,
    chunks,
    pipelineChunksPerCpuSecond: pipeline,
    modelChunksPerCpuSecond: model,
    ratio: pipeline / model,
    wallSeconds,
  };
}

/** The files of a folder in `turns` groups of about one size. */
async function inTurns(folder: string): Promise<string[][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const groups = Array.from({ length: turns }, (_, nth) => files.filter((_file, index) => index % turns === nth));
  return groups.filter((group) => group.length > 0);
}

/** CPU seconds of embedding the passages of `keys` and nothing else. */
async function embedAlone(
  { store, embedder }: Engines,
  keys: readonly number[],
  context: CallContext,
): Promise<number> {
  const size = Math.min(64, embedder.capabilities.maxBatchItems);
  let seconds = 0;
  for (let from = 0; from < keys.length; from += size) {
    const records = await store.fetchChunks(collection, keys.slice(from, from + size), context);
    const passages = records.map(({ document, headings, text }) => buildPassage(document.title, headings, text));
    const before = cpuSeconds();
    await embedder.embedBatch(passages, 'passage', context);
    seconds += cpuSeconds() - before;
  }
  return seconds;
}

/** Of this process, all threads. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
