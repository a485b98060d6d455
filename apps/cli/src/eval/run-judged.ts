/** What measurements over a judged set share: the folder, the engines, the progress, the report. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import ora from 'ora';
import pc from 'picocolors';

import { withEngines, type Workbench } from '../with-engines';
import { readDataset, type Dataset } from './dataset';
import type { CorpusOptions } from './ingest-corpus';

export interface JudgedOptions {
  readonly corpus: readonly string[];
  readonly profile: string;
  readonly dataDir?: string;
  readonly json?: string;
}

export function addJudgedOptions(command: Command): Command {
  return command
    .option('--corpus <paths...>', 'files that the set judges by source, when it has no corpus.jsonl', [])
    .option('--profile <environment>', 'profile whose chunking is used', 'production')
    .option('--data-dir <folder>', 'keep the collection here, so that a second run embeds nothing anew')
    .option('--json <file>', 'write the report');
}

/** Measures, prints the report, and writes it where `--json` says. */
export async function runJudged<R>(
  folder: string,
  options: JudgedOptions,
  measure: (dataset: Dataset, bench: Workbench, corpus: CorpusOptions) => Promise<R>,
  render: (report: R) => string,
): Promise<R> {
  const dataset = await readDataset(folder);
  const directory = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'acervo-eval-')));
  const spinner = ora({ text: folder, isEnabled: process.stderr.isTTY }).start();
  const corpus: CorpusOptions = {
    corpus: options.corpus,
    scratch: join(directory, 'corpus'),
    onProgress: (line) => (spinner.text = `${folder}: ${line}`),
  };
  try {
    const settings = { ENVIRONMENT: options.profile, AUTH: 'off', DATA_DIR: directory };
    const report = await withEngines(settings, (bench) => measure(dataset, bench, corpus));
    spinner.stop();
    process.stdout.write(render(report));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    return report;
  } finally {
    spinner.stop();
    if (options.dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}

/** Exits with 1 when a figure that could be measured is below the bar. */
export function failUnder(figures: Readonly<Record<string, number | null>>, bar: number | undefined): void {
  if (bar === undefined) return;
  for (const [name, value] of Object.entries(figures)) {
    if (value === null || value >= bar) continue;
    process.stderr.write(pc.red(`${name} is ${value.toFixed(4)}, below ${bar}\n`));
    process.exitCode = 1;
  }
}
