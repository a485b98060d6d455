import Table from 'cli-table3';
import { Command } from 'commander';
import ora from 'ora';

import { benchLexical, benchVector, defaultVectorBenchOptions, formatVectorBench } from '@acervo/store';

import { benchIngest } from '../bench/ingest-bench';
import { benchSearch } from '../bench/search-bench';

interface Options {
  readonly json?: true;
}
type Report = (line: string) => void;

export function benchCommand(): Command {
  const bench = new Command('bench').description('measure this machine: search, ingest, vector, lexical');
  const add = (name: string, description: string): Command =>
    bench.command(name).description(description).option('--json', 'print JSON');

  add('search', 'CPU of a new search beside its parts').action(async ({ json }: Options) => {
    print(await watched('search', benchSearch), json);
  });
  add('ingest', 'ingestion beside the model alone')
    .argument('[folder]', 'what to ingest', 'docs')
    .action(async (folder: string, { json }: Options) => {
      print(await watched('ingest', (report) => benchIngest(folder, report)), json);
    });
  add('vector', 'recall and latency of the embedded vector index at 100,000 vectors')
    .option('-n, --vectors <n>', 'how many', String(defaultVectorBenchOptions.vectors))
    .action(async ({ json, vectors }: Options & { vectors: string }) => {
      const options = { ...defaultVectorBenchOptions, vectors: Number(vectors) };
      const result = await watched('vector', () => benchVector(options));
      process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : `${formatVectorBench(result)}\n`);
    });
  add('lexical', 'latency of the lexical index, and of FTS5 on the same texts')
    .option('-n, --chunks <n>', 'how many', '20000')
    .action(async ({ json, chunks }: Options & { chunks: string }) => {
      const options = { chunks: Number(chunks), questions: 100, termsPerQuestion: 8, compareFts5: true };
      print(await watched('lexical', () => benchLexical(options)), json);
    });
  return bench;
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
