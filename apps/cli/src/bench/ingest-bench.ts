/**
 * Ingestion beside the model alone: chunks a CPU second of the whole pipeline on a folder, against the same passages
 * given to the embedder and nothing else, in one run.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLogger, openEngines, type Engines } from '@acervo/api';
import { loadConfig } from '@acervo/config';
import { buildPassage, ingestPaths } from '@acervo/ingest';
import { callContext, type CallContext } from '@acervo/kernel';

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

export async function benchIngest(folder: string, onProgress: (line: string) => void): Promise<IngestBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const settings = { ENVIRONMENT: 'production', AUTH: 'off', DATA_DIR: directory, LOG_LEVEL: 'silent' };
  const { config } = loadConfig({}, '', settings);
  const engines = await openEngines(config, createLogger(config));
  const children = await childrenCpuSeconds();
  let summary;
  let ownSeconds;
  let alone;
  try {
    const context = callContext(timeoutMs);
    const before = cpuSeconds();
    for await (const event of ingestPaths(engines, [folder], { collection }, context)) {
      if (event.type === 'embedded') onProgress(`${event.chunks} chunks ingested`);
      if (event.type === 'finished') summary = event.summary;
    }
    ownSeconds = cpuSeconds() - before;
    onProgress('the model alone on the same passages');
    alone = await embedAlone(engines, context);
  } finally {
    await engines.close();
    await rm(directory, { recursive: true, force: true });
  }
  if (summary === undefined) throw new Error('The ingestion did not finish');
  const pipeline = summary.embedded / (ownSeconds + (await childrenCpuSeconds()) - children);
  const model = alone.chunks / alone.seconds;
  return {
    files: summary.files,
    skipped: summary.skipped,
    chunks: summary.chunks,
    pipelineChunksPerCpuSecond: pipeline,
    modelChunksPerCpuSecond: model,
    ratio: pipeline / model,
    wallSeconds: summary.seconds,
  };
}

async function embedAlone(
  { store, embedder }: Engines,
  context: CallContext,
): Promise<{ readonly chunks: number; readonly seconds: number }> {
  const keys = [...(await store.listKeys(collection, context))];
  const size = Math.min(64, embedder.capabilities.maxBatchItems);
  let seconds = 0;
  for (let from = 0; from < keys.length; from += size) {
    const records = await store.fetchChunks(collection, keys.slice(from, from + size), context);
    const passages = records.map(({ document, headings, text }) => buildPassage(document.title, headings, text));
    const before = cpuSeconds();
    await embedder.embedBatch(passages, 'passage', context);
    seconds += cpuSeconds() - before;
  }
  return { chunks: keys.length, seconds };
}

/** Of this process, all threads. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Of the parser's processes that have ended: cutime + cstime of /proc/self/stat (proc(5)), in ticks of 10 ms. */
async function childrenCpuSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
