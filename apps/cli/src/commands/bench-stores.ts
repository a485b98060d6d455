import { Command } from 'commander';

import { conditionsNow } from '../bench/conditions';
import { emit, textTable, type OutputOptions } from '../bench/output';
import type { PageTable } from '../bench/page/html-page';
import { showMs } from '../bench/page/show';
import { BenchProgress } from '../bench/progress';
import { benchStores, type StoresBenchResult } from '../bench/stores-bench';
import { parseCount } from './option-parsers';

interface Options extends Pick<OutputOptions, 'json'> {
  readonly databaseUrl: string;
  readonly chromaUrl: string;
  readonly chunks: number;
  readonly questions: number;
}

export function benchStoresCommand(): Command {
  return new Command('stores')
    .description('a new hybrid search over SQLite and usearch, Postgres and pgvector, Postgres and Chroma')
    .requiredOption('--database-url <url>', 'of a Postgres with pgvector in which Acervo holds nothing')
    .requiredOption('--chroma-url <url>', 'of a Chroma server')
    .option('-n, --chunks <n>', 'passages in each', parseCount, 20_000)
    .option('-q, --questions <n>', 'with each filter', parseCount, 60)
    .option('--json [file]', 'write the figures, or print them')
    .action(run);
}

async function run({ json, ...options }: Options): Promise<void> {
  const conditions = conditionsNow();
  const progress = new BenchProgress();
  try {
    const result = await benchStores(options, (line) => {
      progress.show(line, 0);
    });
    progress.stop();
    await emit(
      { conditions, ...result },
      { ...(json !== undefined && { json }) },
      () => `${textTable(tableOf(result))}\nload of the machine before: ${conditions.loadAverage}`,
      () => '',
    );
  } finally {
    progress.stop();
  }
}

function tableOf({ figures }: StoresBenchResult): PageTable {
  return {
    head: ['admitted', 'stores', 'p50', 'p95', 'our CPU', "servers' CPU", 'as SQLite + usearch'],
    rows: figures.map((row) => [
      row.admittedPercent === 100 ? 'all' : `${row.admittedPercent} %`,
      row.stores,
      ...[row.p50Ms, row.p95Ms, row.cpuMs].map(showMs),
      row.serverCpuMs === null ? 'not measured' : showMs(row.serverCpuMs),
      row.overlap.toFixed(3),
    ]),
  };
}
