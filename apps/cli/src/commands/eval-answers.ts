import { Command } from 'commander';

import { ExtractiveLanguageModel } from '@acervo/chat';

import { renderAnswerReport } from '../eval/answers/answer-report';
import { runAnswerEval } from '../eval/answers/run-answer-eval';
import { addJudgedOptions, failUnder, runJudged, type JudgedOptions } from '../eval/run-judged';
import { parseCount, parseScore } from './option-parsers';

interface Options extends JudgedOptions {
  readonly queries: number;
  readonly passages: number;
  readonly unanswerable?: string;
  readonly failUnder?: number;
}

/** Measures what `/chat` answers without a language model: the figures of a model belong to whoever chose it. */
export function evalAnswersCommand(): Command {
  const command = new Command('answers')
    .description('measure extractive answers: known answers found, citations that are right, refusals')
    .argument('<folder>', 'a judged set, with answers.jsonl if answers are known')
    .option('--queries <n>', 'at most so many questions', parseCount, 800)
    .option('--passages <n>', 'passages looked at for a question', parseCount, 5)
    .option('--unanswerable <file>', 'questions that the corpus does not answer, one JSON object a line')
    .option(
      '--fail-under <score>',
      'exit with 1 when the citation precision, or the ROC AUC of the evidence, is lower',
      parseScore,
    );
  return addJudgedOptions(command).action(evaluate);
}

async function evaluate(folder: string, options: Options): Promise<void> {
  const { queries: maxQueries, passages, unanswerable } = options;
  const { citation_precision, evidence_auc } = await runJudged(
    folder,
    options,
    (dataset, { engines, context }, corpus) => {
      const model = new ExtractiveLanguageModel(engines.embedder);
      return runAnswerEval(dataset, engines, { ...corpus, maxQueries, passages, unanswerable, model }, context);
    },
    renderAnswerReport,
  );
  failUnder({ citation_precision, evidence_auc }, options.failUnder);
}
