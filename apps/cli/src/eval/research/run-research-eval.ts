/** Pairs of judged questions, each pair asked as one, through a research and through a chat. */
import type { Engines } from '@acervo/api';
import { Answerer, Researcher, type Citation, type LanguageModel } from '@acervo/chat';
import type { CallContext } from '@acervo/kernel';
import { detectLanguage } from '@acervo/language';
import { defaultSearchOptions, SearchService } from '@acervo/search';
import { z } from 'zod';

import { readJsonLines, type Dataset, type JudgedQuery } from '../dataset';
import { evalCollection, ingestCorpus, type CorpusOptions, type JudgedId } from '../ingest-corpus';
import { summariseResearch, type Outcome, type PairOutcome, type ResearchReport } from './research-report';

export interface ResearchEvalOptions extends CorpusOptions {
  readonly maxPairs: number;
  /** File of questions that the corpus cannot answer: `_id` and `text` a line. */
  readonly unanswerable: string | undefined;
  readonly model: LanguageModel;
}

type Query = Pick<JudgedQuery, '_id' | 'text' | 'judged'>;
type Pair = readonly [Query, Query];

const budget = { maxSeconds: 60, maxSearches: 30, maxTokens: 20_000 };
/** Questions of one language stand together: the next ones may be about the same thing. */
const distance = 5;
const passages = 5;
const maxTokens = 1_000;
const asking =
  /^(?:como|qual|quais|quando|onde|quem|por que|o que|que|de onde|posso|how|what|why|which|when|where|who|can|does|do|is)\b/i;
const questionLine = z.object({ _id: z.string(), text: z.string().min(1) });

export async function runResearchEval(
  dataset: Dataset,
  engines: Engines,
  options: ResearchEvalOptions,
  context: CallContext,
): Promise<ResearchReport> {
  const judgedId = await ingestCorpus(dataset, engines, options, context);
  const { store, vectorIndex, embedder } = engines;
  const search = new SearchService(store, vectorIndex, embedder, {
    ...defaultSearchOptions,
    defaultCollection: evalCollection,
  });
  const asker = new Asker(search, options.model, judgedId);
  const pairs: PairOutcome[] = [];
  for (const pair of pairsOf(dataset.queries).slice(0, options.maxPairs)) {
    pairs.push({ chat: await asker.chat(pair, context), research: await asker.research(pair, context) });
    if (pairs.length % 10 === 0) options.onProgress(`${pairs.length} pairs`);
  }
  const refusals = { answerable: [] as boolean[], unanswerable: [] as boolean[] };
  for (const { text } of dataset.queries) refusals.answerable.push(await asker.refuses(text, context));
  if (options.unanswerable !== undefined)
    for await (const { text } of readJsonLines(options.unanswerable, questionLine))
      refusals.unanswerable.push(await asker.refuses(text, context));
  return summariseResearch(dataset.folder, options.model.capabilities.model, pairs, refusals);
}

/** Of one language each, joined as somebody would join them. */
function pairsOf(queries: readonly Query[]): Pair[] {
  return (['pt', 'en'] as const).flatMap((language) => {
    const own = queries.filter(({ text }) => asking.test(text) && detectLanguage(text) === language);
    if (own.length <= distance) return [];
    return own.flatMap((first, nth): Pair[] => {
      const second = own[(nth + distance) % own.length];
      return second === undefined ? [] : [[first, second]];
    });
  });
}

function joined([{ text: first }, { text: second }]: Pair): string {
  return `${first.replace(/[?.]$/, '')} ${detectLanguage(first) === 'pt' ? 'e' : 'and'} ${second}`;
}

class Asker {
  private readonly answerer: Answerer;
  private readonly researcher: Researcher;

  constructor(
    search: SearchService,
    model: LanguageModel,
    private readonly judgedId: JudgedId,
  ) {
    this.answerer = new Answerer(search, model);
    this.researcher = new Researcher(search, model, model);
  }

  async chat(pair: Pair, context: CallContext): Promise<Outcome> {
    const question = {
      messages: [{ role: 'user' as const, content: joined(pair) }] as const,
      ...{ maxResults: passages, collection: evalCollection, temperature: 0, maxTokens },
    };
    for await (const event of this.answerer.answer(question, context))
      if (event.type === 'done') return this.judge(pair, event.answer.citations);
    throw new Error('The answerer gave no answer');
  }

  async research(pair: Pair, context: CallContext): Promise<Outcome> {
    return this.judge(pair, (await this.answer(joined(pair), context)).citations);
  }

  async refuses(question: string, context: CallContext): Promise<boolean> {
    return (await this.answer(question, context)).citations.length === 0;
  }

  private async answer(question: string, context: CallContext): Promise<{ readonly citations: readonly Citation[] }> {
    const asked = { question, collection: evalCollection, budget };
    for await (const event of this.researcher.research(asked, context)) if (event.type === 'done') return event.answer;
    throw new Error('The research gave no answer');
  }

  private judge([first, second]: Pair, citations: readonly Citation[]): Outcome {
    const cited = citations.map((citation) => this.judgedId(citation));
    const isRelevant = (id: string): boolean => first.judged.has(id) || second.judged.has(id);
    return {
      coversBoth: cited.some((id) => first.judged.has(id)) && cited.some((id) => second.judged.has(id)),
      citations: cited.map(isRelevant),
    };
  }
}
