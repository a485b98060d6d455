import Table from 'cli-table3';
import { Command } from 'commander';
import ora from 'ora';

import { benchMemoryTier, benchRedisTier, replayTraces, type TraceReplay } from '@acervo/cache';
import { benchLexical, benchVector, defaultVectorBenchOptions, formatVectorBench } from '@acervo/store';
import { benchLimiter, benchRedisLimiter, type LimiterBench } from '@acervo/throttle';

import { benchBatch } from '../bench/batch-bench';
import { benchEmbeddingCache } from '../bench/embedding-cache-bench';
import { benchIngest } from '../bench/ingest-bench';
import { benchLane } from '../bench/lane-bench';
import { benchMetrics } from '../bench/metrics-bench';
import { benchOverload } from '../bench/overload-bench';
import { benchSearch } from '../bench/search-bench';
import { textTable } from '../bench/output';
import { benchWorkers } from '../bench/workers-bench';
import { benchClaimsCommand } from './bench-claims';
import { benchCompareCommand } from './bench-compare';
import { benchLoadCommand } from './bench-load';
import { benchOriginCommand } from './bench-origin';
import { benchStoresCommand } from './bench-stores';

interface Options {
  readonly json?: true;
}
interface VectorServers {
  readonly chromaUrl?: string;
  readonly databaseUrl?: string;
}
type Report = (line: string) => void;

export function benchCommand(): Command {
  const bench = new Command('bench').description('measure this machine, or the servers whose addresses you give');
  const add = (name: string, description: string): Command =>
    bench.command(name).description(description).option('--json', 'print JSON');

  add('search', 'CPU of a new search beside its parts').action(async ({ json }: Options) => {
    print(await watched('search', benchSearch), json);
  });
  add('batch', 'batches of 1, 10 and 100 beside single searches').action(async ({ json }: Options) => {
    const { ways, ...gains } = await watched('batch', benchBatch);
    if (json === true) print({ ways, ...gains }, json);
    else {
      const rows = ways.map(({ way, cpuMsPerQuestion, questionsPerSecond }) => [
        ...[way, cpuMsPerQuestion.toFixed(2), questionsPerSecond.toFixed(0)],
      ]);
      process.stdout.write(`${textTable({ head: ['way', 'CPU ms a question', 'questions/s'], rows })}\n`);
      print(gains, undefined);
    }
  });
  add('ingest', 'ingestion beside the model alone')
    .argument('[folder]', 'what to ingest', 'docs')
    .action(async (folder: string, { json }: Options) => {
      print(await watched('ingest', (report) => benchIngest(folder, report)), json);
    });
  add('vector', 'recall and latency of the vector index at 100,000 vectors')
    .option('-n, --vectors <n>', 'how many', String(defaultVectorBenchOptions.vectors))
    .option('-l, --limit <n>', 'how many to find for a question', String(defaultVectorBenchOptions.limit))
    .option('--chroma-url <url>', 'of a Chroma server, instead of the embedded index')
    .option('--database-url <url>', 'of a Postgres with pgvector, likewise')
    .action(
      async ({ json, vectors, limit, ...servers }: Options & VectorServers & Record<'vectors' | 'limit', string>) => {
        const options = { ...defaultVectorBenchOptions, vectors: Number(vectors), limit: Number(limit), ...servers };
        const result = await watched('vector', () => benchVector(options));
        process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : `${formatVectorBench(result)}\n`);
      },
    );
  add('lexical', 'latency of the lexical index, and of FTS5 on the same texts')
    .option('-n, --chunks <n>', 'how many', '20000')
    .option('--database-url <url>', 'of an empty Postgres database, to measure it too')
    .action(async ({ json, chunks, databaseUrl }: Options & { chunks: string; databaseUrl?: string }) => {
      const options = { chunks: Number(chunks), questions: 100, termsPerQuestion: 8, compareFts5: true, databaseUrl };
      print(await watched('lexical', () => benchLexical(options)), json);
    });
  add('overload', 'ten times what the server can do, a greedy client, a flood of documents; about two minutes')
    .option('-s, --seconds <n>', 'how long the storm lasts', '20')
    .option('-p, --permits <n>', 'MAX_CONCURRENT_REQUESTS of the server', '5')
    .action(async ({ json, seconds, permits }: Options & { seconds: string; permits: string }) => {
      const options = { seconds: Number(seconds), permits: Number(permits) };
      print(await watched('overload', (report) => benchOverload(options, report)), json);
    });
  add('metrics', 'what counting costs: a record, and repeated searches with metrics on beside off')
    .option('-r, --rounds <n>', 'of both servers, a second each', '20')
    .action(async ({ json, rounds }: Options & { rounds: string }) => {
      print(await watched('metrics', (report) => benchMetrics(report, Number(rounds))), json);
    });
  add('workers', 'new searches by one process and by several workers; about two minutes')
    .option('-w, --workers <n>', 'how many', '2')
    .action(async ({ json, workers }: Options & { workers: string }) => {
      print(await watched('workers', (report) => benchWorkers(Number(workers), report)), json);
    });
  add('cache', 'hit ratios of the memory policy on request traces, speed of the tiers')
    .argument('[traces...]', 'files or folders of .txt or .txt.gz, one integer key a line')
    .option('--redis <url>', 'also a hit in this Redis beside a bare GET')
    .option('--embeddings <folder>', 'instead: ingest this folder by two processes, the second with embeddings on disk')
    .option('--http', 'instead: repeated searches over HTTP beside a bare server')
    .action(
      async (
        traces: string[],
        { json, redis, embeddings, http }: Options & { redis?: string; embeddings?: string; http?: true },
      ) => {
        if (http === true) {
          print(await watched('http', benchLane), json);
          return;
        }
        if (embeddings !== undefined) {
          print(await watched('embeddings', (report) => benchEmbeddingCache(embeddings, report)), json);
          return;
        }
        const replays = replayTraces(traces);
        const memory = benchMemoryTier();
        const overRedis = redis === undefined ? undefined : await benchRedisTier(redis);
        if (json !== true && replays.length > 0) process.stdout.write(`${hitRatios(replays)}\n`);
        print(json === true ? { replays, memory, redis: overRedis } : { ...memory, ...overRedis }, json);
      },
    );
  add('limits', 'what a limit costs in memory, by live hits of one client or of many')
    .option('--redis <url>', 'also in this Redis, beside a bare command')
    .action(async ({ json, redis }: Options & { redis?: string }) => {
      const memory = [1, 1_000, 100_000].map(benchLimiter);
      const overRedis = redis === undefined ? undefined : await watched('redis', () => benchRedisLimiter(redis));
      if (json === true) {
        print({ memory, redis: overRedis }, json);
        return;
      }
      process.stdout.write(`${limiterCosts(memory)}\n`);
      if (overRedis !== undefined) print(overRedis, json);
    });
  return bench
    .addCommand(benchLoadCommand())
    .addCommand(benchCompareCommand())
    .addCommand(benchClaimsCommand())
    .addCommand(benchOriginCommand())
    .addCommand(benchStoresCommand());
}

function limiterCosts(rows: readonly LimiterBench[]): string {
  const head = ['live hits', 'one client', 'refused', 'many clients', 'new clients'];
  const table = new Table({ head, style: { head: ['cyan'], compact: true } });
  for (const { liveHits, oneKeyNanoseconds, refusedNanoseconds, manyKeysNanoseconds, newKeysNanoseconds } of rows) {
    const costs = [oneKeyNanoseconds, refusedNanoseconds, manyKeysNanoseconds, newKeysNanoseconds];
    table.push([String(liveHits), ...costs.map((cost) => `${Math.round(cost)} ns`)]);
  }
  return table.toString();
}

function hitRatios(replays: readonly TraceReplay[]): string {
  const head = ['trace', 'entries', 'ours', 'SIEVE', 'S3-FIFO', 'FIFO', 'LRU', 'Belady', 'gap closed'];
  const table = new Table({ head, style: { head: ['cyan'], compact: true } });
  for (const { trace, share, entries, hitRatio, gapClosed } of replays) {
    const { ours, sieve, s3fifo, fifo, lru, belady } = hitRatio;
    const ratios = [ours, sieve, s3fifo, fifo, lru, belady].map((ratio) => ratio.toFixed(4));
    table.push([trace, `${entries} (${share * 100} %)`, ...ratios, `${(gapClosed * 100).toFixed(1)} %`]);
  }
  return table.toString();
}

async function watched<T>(name: string, work: (report: Report) => Promise<T>): Promise<T> {
  const spinner = ora({ text: name, isEnabled: process.stderr.isTTY }).start();
  try {
    return await work((line) => (spinner.text = `${name}: ${line}`));
  } finally {
    spinner.stop();
  }
}

function print(result: object, json: true | undefined): void {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const table = new Table({ head: ['figure', 'value'], style: { head: ['cyan'], compact: true } });
  for (const [figure, value] of Object.entries(result)) table.push([figure, show(value)]);
  process.stdout.write(`${table.toString()}\n`);
}

function show(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(2);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
