import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import ora from 'ora';
import pc from 'picocolors';

import { renderComparison } from '../eval/compare';
import { readDataset } from '../eval/dataset';
import { renderReport, type EvalReport, type Mode } from '../eval/report';
import { runEval } from '../eval/run-eval';
import { withEngines } from '../with-engines';
import { evalAnswersCommand } from './eval-answers';
import { evalResearchCommand } from './eval-research';
import { parseCount, parseScore } from './option-parsers';

interface Options {
  readonly corpus: readonly string[];
  readonly chunk: boolean;
  readonly modes: readonly Mode[];
  readonly queries: number;
  readonly profile: string;
  readonly dataDir?: string;
  readonly json?: string;
  readonly compare?: readonly string[];
  readonly failUnder?: number;
}

const allModes: readonly Mode[] = ['hybrid', 'semantic', 'lexical'];
/** Longer than any document of a judged set, so that each stays one chunk; the model reads its first tokens. */
const wholeDocument = '20000';

export function evalCommand(): Command {
  return new Command('eval')
    .enablePositionalOptions()
    .description('measure retrieval quality on a folder with corpus.jsonl, queries.jsonl and qrels.tsv')
    .argument('[folder]', 'the judged set')
    .option('--corpus <paths...>', 'files that the set judges by source, when it has no corpus.jsonl', [])
    .option('--no-chunk', 'keep one chunk a document')
    .option('--modes <modes>', 'hybrid, semantic, lexical', parseModes, allModes)
    .option('--queries <n>', 'at most so many questions', parseCount, 800)
    .option('--profile <environment>', 'profile whose chunking is used', 'production')
    .option('--data-dir <folder>', 'keep the collection here, so that a second run embeds nothing anew')
    .option('--json <file>', 'write the report, with the figure of each question')
    .option('--compare <reports...>', 'two reports, A and B, question by question')
    .option('--fail-under <ndcg>', 'exit with 1 when nDCG@10 of the first mode is lower', parseScore)
    .action(evaluate)
    .addCommand(evalAnswersCommand())
    .addCommand(evalResearchCommand());
}

async function evaluate(folder: string | undefined, options: Options): Promise<void> {
  if (options.compare !== undefined) {
    process.stdout.write(await compareReports(options.compare));
    return;
  }
  if (folder === undefined) throw new Error('Name the folder of a judged set, or two reports with --compare');
  const dataset = await readDataset(folder);
  const directory = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'acervo-eval-')));
  const spinner = ora({
    text: `${folder}: ${dataset.queries.length} judged questions`,
    isEnabled: process.stderr.isTTY,
  });
  try {
    spinner.start();
    const report = await withEngines(settingsFor(options, directory), ({ config, engines, context }) =>
      runEval(
        dataset,
        engines,
        {
          modes: options.modes,
          corpus: options.corpus,
          maxQueries: options.queries,
          scratch: join(directory, 'corpus'),
          chunking: { size: config.CHUNK_SIZE, overlap: config.CHUNK_OVERLAP },
          onProgress: (line) => (spinner.text = `${folder}: ${line}`),
        },
        context,
      ),
    );
    spinner.stop();
    process.stdout.write(renderReport(report));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    failUnder(report, options.failUnder);
  } finally {
    spinner.stop();
    if (options.dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}

function settingsFor({ chunk, profile }: Options, directory: string): Record<string, string> {
  const chunking = chunk ? {} : { CHUNK_SIZE: wholeDocument, CHUNK_OVERLAP: '0' };
  return { ENVIRONMENT: profile, AUTH: 'off', DATA_DIR: directory, ...chunking };
}

async function compareReports(files: readonly string[]): Promise<string> {
  const [a, b] = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as EvalReport));
  if (a === undefined || b === undefined || files.length !== 2)
    throw new Error('--compare takes two reports made by --json');
  return renderComparison(a, b);
}

function failUnder({ modes }: EvalReport, bar: number | undefined): void {
  const first = modes[0];
  if (bar === undefined || first === undefined || first.ndcg_at_10 >= bar) return;
  process.stderr.write(pc.red(`nDCG@10 of ${first.mode} is ${first.ndcg_at_10.toFixed(4)}, below ${bar}\n`));
  process.exitCode = 1;
}

function parseModes(value: string): Mode[] {
  return value.split(',').map((name) => {
    const mode = allModes.find((known) => known === name);
    if (mode === undefined) throw new InvalidArgumentError(`Known modes: ${allModes.join(', ')}`);
    return mode;
  });
}
