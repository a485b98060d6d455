import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import ora from 'ora';
import pc from 'picocolors';

import { ExtractiveLanguageModel } from '@acervo/chat';

import { readDataset } from '../eval/dataset';
import { renderResearchReport } from '../eval/research/research-report';
import { runResearchEval } from '../eval/research/run-research-eval';
import { withEngines } from '../with-engines';
import { parseCount, parseScore } from './option-parsers';

interface Options {
  readonly corpus: readonly string[];
  readonly pairs: number;
  readonly unanswerable?: string;
  readonly profile: string;
  readonly dataDir?: string;
  readonly json?: string;
  readonly failUnder?: number;
}

/** Measures what `/research` finds without a language model, beside `/chat`. */
export function evalResearchCommand(): Command {
  return new Command('research')
    .description('measure research on pairs of judged questions asked as one, beside chat')
    .argument('<folder>', 'a judged set')
    .option('--corpus <paths...>', 'files that the set judges by source, when it has no corpus.jsonl', [])
    .option('--pairs <n>', 'at most so many pairs', parseCount, 200)
    .option('--unanswerable <file>', 'questions that the corpus does not answer, one JSON object a line')
    .option('--profile <environment>', 'profile whose chunking is used', 'production')
    .option('--data-dir <folder>', 'keep the collection here, so that a second run embeds nothing anew')
    .option('--json <file>', 'write the report')
    .option('--fail-under <share>', 'exit with 1 when fewer pairs have both questions covered', parseScore)
    .action(evaluate);
}

async function evaluate(folder: string, options: Options): Promise<void> {
  const dataset = await readDataset(folder);
  const directory = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'acervo-eval-')));
  const spinner = ora({ text: folder, isEnabled: process.stderr.isTTY }).start();
  const settings = { ENVIRONMENT: options.profile, AUTH: 'off', DATA_DIR: directory };
  try {
    const report = await withEngines(settings, ({ engines, context }) =>
      runResearchEval(
        dataset,
        engines,
        {
          corpus: options.corpus,
          scratch: join(directory, 'corpus'),
          maxPairs: options.pairs,
          unanswerable: options.unanswerable,
          model: new ExtractiveLanguageModel(engines.embedder),
          onProgress: (line) => (spinner.text = `${folder}: ${line}`),
        },
        context,
      ),
    );
    spinner.stop();
    process.stdout.write(renderResearchReport(report));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    const { research_covers_both: covered } = report;
    if (options.failUnder !== undefined && covered !== null && covered < options.failUnder) {
      process.stderr.write(pc.red(`research_covers_both is ${covered.toFixed(4)}, below ${options.failUnder}\n`));
      process.exitCode = 1;
    }
  } finally {
    spinner.stop();
    if (options.dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}
