import { Command } from 'commander';

import { ExtractiveLanguageModel } from '@acervo/chat';

import { renderResearchReport } from '../eval/research/research-report';
import { runResearchEval } from '../eval/research/run-research-eval';
import { addJudgedOptions, failUnder, runJudged, type JudgedOptions } from '../eval/run-judged';
import { parseCount, parseScore } from './option-parsers';

interface Options extends JudgedOptions {
  readonly pairs: number;
  readonly unanswerable?: string;
  readonly failUnder?: number;
}

/** Measures what `/research` finds without a language model, beside `/chat`. */
export function evalResearchCommand(): Command {
  const command = new Command('research')
    .description('measure research on pairs of judged questions asked as one, beside chat')
    .argument('<folder>', 'a judged set')
    .option('--pairs <n>', 'at most so many pairs', parseCount, 200)
    .option('--unanswerable <file>', 'questions that the corpus does not answer, one JSON object a line')
    .option('--fail-under <share>', 'exit with 1 when fewer pairs have both questions covered', parseScore);
  return addJudgedOptions(command).action(evaluate);
}

async function evaluate(folder: string, options: Options): Promise<void> {
  const { pairs: maxPairs, unanswerable } = options;
  const { research_covers_both } = await runJudged(
    folder,
    options,
    (dataset, { engines, context }, corpus) => {
      const model = new ExtractiveLanguageModel(engines.embedder);
      return runResearchEval(dataset, engines, { ...corpus, maxPairs, unanswerable, model }, context);
    },
    renderResearchReport,
  );
  failUnder({ research_covers_both }, options.failUnder);
}
