/** Questions with known answers through retrieval and the answerer, as a client of `/chat` asks them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

import type { Engines } from '@acervo/api';
import { Answerer, evidenceOf, type Answer, type LanguageModel } from '@acervo/chat';
import type { CallContext } from '@acervo/kernel';
import { defaultSearchOptions, SearchService, searchRequestSchema } from '@acervo/search';

import { readJsonLines, type Dataset, type JudgedQuery } from '../dataset';
import { evalCollection, ingestCorpus, type CorpusOptions, type JudgedId } from '../ingest-corpus';
import { summariseAnswers, type AnswerOutcome, type AnswerReport } from './answer-report';

export interface AnswerEvalOptions extends CorpusOptions {
  readonly maxQueries: number;
  /** Passages looked at for a question. */
  readonly passages: number;
  /** File of questions that the corpus cannot answer: `_id` and `text` a line. */
  readonly unanswerable: string | undefined;
  readonly model: LanguageModel;
}

const answerLine = z.object({ _id: z.string(), answers: z.array(z.string()) });
const questionLine = z.object({ _id: z.string(), text: z.string().min(1) });
const maxTokens = 1_000;

export async function runAnswerEval(
  dataset: Dataset,
  engines: Engines,
  options: AnswerEvalOptions,
  context: CallContext,
): Promise<AnswerReport> {
  const judgedId = await ingestCorpus(dataset, engines, options, context);
  const { store, vectorIndex, embedder } = engines;
  const search = new SearchService(store, vectorIndex, embedder, {
    ...defaultSearchOptions,
    defaultCollection: evalCollection,
  });
  const asker = new Asker(search, new Answerer(search, options.model), options.passages, judgedId);
  const golds = await readGolds(dataset.folder);
  const outcomes: AnswerOutcome[] = [];
  const follow = (outcome: AnswerOutcome): void => {
    outcomes.push(outcome);
    if (outcomes.length % 25 === 0) options.onProgress(`${outcomes.length} questions`);
  };
  for (const query of dataset.queries.slice(0, options.maxQueries))
    follow(await asker.ask(query, golds.get(query._id) ?? [], context));
  if (options.unanswerable !== undefined) {
    for await (const { _id, text } of readJsonLines(options.unanswerable, questionLine))
      follow(await asker.ask({ _id: `unanswerable ${_id}`, text, judged: undefined }, [], context));
  }
  return summariseAnswers(dataset.folder, options.model.capabilities.model, options.passages, outcomes);
}

async function readGolds(folder: string): Promise<Map<string, readonly string[]>> {
  const file = join(folder, 'answers.jsonl');
  const golds = new Map<string, readonly string[]>();
  if (!existsSync(file)) return golds;
  for await (const { _id, answers } of readJsonLines(file, answerLine)) golds.set(_id, answers);
  return golds;
}

class Asker {
  constructor(
    private readonly search: SearchService,
    private readonly answerer: Answerer,
    private readonly passages: number,
    private readonly judgedId: JudgedId,
  ) {}

  /** @param query without judgements: nothing in the corpus answers it */
  async ask(
    query: Pick<JudgedQuery, '_id' | 'text'> & { readonly judged: JudgedQuery['judged'] | undefined },
    golds: readonly string[],
    context: CallContext,
  ): Promise<AnswerOutcome> {
    const request = searchRequestSchema.parse({ query: query.text, max_results: this.passages });
    const { answer: found } = await this.search.search(request, context);
    const answer = await this.answerTo(query.text, context);
    const sourceOf = new Map(found.results.map(({ id, document_id, source }) => [id, { document_id, source }]));
    return {
      id: query._id,
      isAnswerable: query.judged !== undefined,
      evidence: evidenceOf(found.results),
      isGrounded: answer.grounded,
      answer: answer.answer,
      golds,
      context: found.results.map(({ text }) => text).join('\n'),
      citations: answer.citations.map(({ chunk_id, document_id, source }) => {
        const place = sourceOf.get(chunk_id) ?? { document_id, source };
        return query.judged?.has(this.judgedId(place)) ?? false;
      }),
    };
  }

  private async answerTo(text: string, context: CallContext): Promise<Answer> {
    const question = {
      messages: [{ role: 'user' as const, content: text }] as const,
      ...{ maxResults: this.passages, collection: evalCollection, temperature: 0, maxTokens },
    };
    for await (const event of this.answerer.answer(question, context)) if (event.type === 'done') return event.answer;
    throw new Error('The answerer gave no answer');
  }
}
