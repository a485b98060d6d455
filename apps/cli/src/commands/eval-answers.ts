import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import ora from 'ora';
import pc from 'picocolors';

import { ExtractiveLanguageModel } from '@acervo/chat';

import { renderAnswerReport, type AnswerReport } from '../eval/answers/answer-report';
import { runAnswerEval } from '../eval/answers/run-answer-eval';
import { readDataset } from '../eval/dataset';
import { withEngines } from '../with-engines';
import { parseCount, parseScore } from './option-parsers';

interface Options {
  readonly corpus: readonly string[];
  readonly queries: number;
  readonly passages: number;
  readonly unanswerable?: string;
  readonly profile: string;
  readonly dataDir?: string;
  readonly json?: string;
  readonly failUnder?: number;
}

/** Measures what `/chat` answers without a language model: the figures of a model belong to whoever chose it. */
export function evalAnswersCommand(): Command {
  return new Command('answers')
    .description('measure extractive answers: known answers found, citations that are right, refusals')
    .argument('<folder>', 'a judged set, with answers.jsonl if answers are known')
    .option('--corpus <paths...>', 'files that the set judges by source, when it has no corpus.jsonl', [])
    .option('--queries <n>', 'at most so many questions', parseCount, 800)
    .option('--passages <n>', 'passages looked at for a question', parseCount, 5)
    .option('--unanswerable <file>', 'questions that the corpus does not answer, one JSON object a line')
    .option('--profile <environment>', 'profile whose chunking is used', 'production')
    .option('--data-dir <folder>', 'keep the collection here, so that a second run embeds nothing anew')
    .option('--json <file>', 'write the report')
    .option(
      '--fail-under <score>',
      'exit with 1 when the citation precision, or the ROC AUC of the evidence, is lower',
      parseScore,
    )
    .action(evaluate);
}

async function evaluate(folder: string, options: Options): Promise<void> {
  const dataset = await readDataset(folder);
  const directory = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'acervo-eval-')));
  const spinner = ora({ text: folder, isEnabled: process.stderr.isTTY }).start();
  const settings = { ENVIRONMENT: options.profile, AUTH: 'off', DATA_DIR: directory };
  try {
    const report = await withEngines(settings, ({ engines, context }) =>
      runAnswerEval(
        dataset,
        engines,
        {
          corpus: options.corpus,
          scratch: join(directory, 'corpus'),
          maxQueries: options.queries,
          passages: options.passages,
          unanswerable: options.unanswerable,
          model: new ExtractiveLanguageModel(engines.embedder),
          onProgress: (line) => (spinner.text = `${folder}: ${line}`),
        },
        context,
      ),
    );
    spinner.stop();
    process.stdout.write(renderAnswerReport(report));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    failUnder(report, options.failUnder);
  } finally {
    spinner.stop();
    if (options.dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}

function failUnder({ citation_precision, evidence_auc }: AnswerReport, bar: number | undefined): void {
  if (bar === undefined) return;
  for (const [name, value] of Object.entries({ citation_precision, evidence_auc })) {
    if (value === null || value >= bar) continue;
    process.stderr.write(pc.red(`${name} is ${value.toFixed(4)}, below ${bar}\n`));
    process.exitCode = 1;
  }
}
