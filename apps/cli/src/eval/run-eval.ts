/** Judged questions through the real pipeline: ingestion into a collection of its own, then searches as a client makes them. */
import type { Engines } from '@acervo/api';
import { fail } from '@acervo/problem';
import type { CallContext } from '@acervo/kernel';
import { SearchService, searchRequestSchema, defaultSearchOptions } from '@acervo/search';

import type { Dataset, JudgedQuery } from './dataset';
import { evalCollection, ingestCorpus, type CorpusOptions, type JudgedId } from './ingest-corpus';
import { summarise, type EvalReport, type Mode, type Outcome } from './report';

export interface EvalOptions extends CorpusOptions {
  readonly modes: readonly Mode[];
  readonly maxQueries: number;
  readonly chunking: { readonly size: number; readonly overlap: number };
}

/** As deep as the deepest metric looks. */
const depth = 100;

export async function runEval(
  dataset: Dataset,
  engines: Engines,
  options: EvalOptions,
  context: CallContext,
): Promise<EvalReport> {
  const judgedId = await ingestCorpus(dataset, engines, options, context);
  const { embedder, store, vectorIndex } = engines;
  const search = new SearchService(store, vectorIndex, embedder, {
    ...defaultSearchOptions,
    defaultCollection: evalCollection,
  });
  const queries = dataset.queries.slice(0, options.maxQueries);
  const judged = new Map(queries.map((query) => [query._id, query.judged]));
  const modes = [];
  for (const mode of options.modes) {
    const outcomes: Outcome[] = [];
    for (const query of queries) {
      outcomes.push(await ask(search, query, mode, judgedId, context));
      if (outcomes.length % 50 === 0) options.onProgress(`${mode}: ${outcomes.length} of ${queries.length} questions`);
    }
    modes.push(summarise(mode, outcomes, judged));
  }
  const built = await store.findCollection(evalCollection, context);
  return {
    dataset: dataset.folder,
    documents: built?.documents ?? 0,
    chunks: built?.chunks ?? 0,
    embedding_model: embedder.capabilities.model,
    chunking: options.chunking,
    modes,
  };
}

async function ask(
  search: SearchService,
  query: JudgedQuery,
  mode: Mode,
  judgedId: JudgedId,
  context: CallContext,
): Promise<Outcome> {
  const request = searchRequestSchema.parse({ query: query.text, mode, max_results: depth, group_by_document: true });
  const startedMs = performance.now();
  const { answer } = await search.search(request, context);
  const latencyMs = performance.now() - startedMs;
  if (answer.degraded.length > 0) throw fail('SEARCH_UNAVAILABLE', `Degraded: ${answer.degraded.join(', ')}`);
  return { queryId: query._id, ranked: answer.results.map(judgedId), latencyMs };
}
