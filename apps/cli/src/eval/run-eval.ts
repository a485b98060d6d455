/** Judged questions through the real pipeline: ingestion into a collection of its own, then searches as a client makes them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Engines } from '@acervo/api';
import { ingestPaths, type IngestItem } from '@acervo/ingest';
import { fail } from '@acervo/problem';
import type { CallContext } from '@acervo/kernel';
import { SearchService, searchRequestSchema, defaultSearchOptions } from '@acervo/search';

import { readCorpus, type Dataset, type JudgedQuery } from './dataset';
import { summarise, type EvalReport, type Mode, type Outcome } from './report';

export interface EvalOptions {
  readonly modes: readonly Mode[];
  /** Folder whose files are the corpus, judged by their source, when the data set brings no `corpus.jsonl`. */
  readonly corpus: readonly string[];
  readonly maxQueries: number;
  /** Scratch folder for the corpus's files. */
  readonly scratch: string;
  readonly chunking: { readonly size: number; readonly overlap: number };
  readonly onProgress: (line: string) => void;
}

const collection = 'eval';
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
    defaultCollection: collection,
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
  const built = await store.findCollection(collection, context);
  return {
    dataset: dataset.folder,
    documents: built?.documents ?? 0,
    chunks: built?.chunks ?? 0,
    embedding_model: embedder.capabilities.model,
    chunking: options.chunking,
    modes,
  };
}

/** Document as found → id as judged. */
type JudgedId = (found: { readonly document_id: string; readonly source: string }) => string;

async function ingestCorpus(
  { corpusFile, folder }: Dataset,
  { ingester, store, writer }: Engines,
  { corpus, scratch, onProgress }: EvalOptions,
  context: CallContext,
): Promise<JudgedId> {
  if (corpusFile === undefined) {
    if (corpus.length === 0) throw new Error(`${folder} has no corpus.jsonl: name the files it judges with --corpus`);
    for await (const event of ingestPaths({ ingester, store, writer }, corpus, { collection, prune: true }, context)) {
      if (event.type === 'finished')
        onProgress(`${event.summary.files} files, ${event.summary.chunks} chunks embedded anew`);
    }
    return ({ source }) => source;
  }
  await ingester.ensureCollection(collection, context);
  let documents = 0;
  for await (const outcome of ingester.ingest(collection, corpusItems(corpusFile, scratch), context)) {
    if (outcome.type === 'skipped' && outcome.error.code !== 'DOCUMENT_EMPTY') throw outcome.error;
    if (++documents % 500 === 0) onProgress(`${documents} documents ingested`);
  }
  return ({ document_id: id }) => id;
}

/** A corpus line becomes a text file, read as any other; a line with a title alone is searched by its title. */
async function* corpusItems(corpusFile: string, scratch: string): AsyncGenerator<IngestItem> {
  await mkdir(scratch, { recursive: true });
  let number = 0;
  for await (const { _id: id, title, text } of readCorpus(corpusFile)) {
    const body = text.trim() === '' ? title : text;
    if (body.trim() === '') continue;
    const path = join(scratch, `${number++}.txt`);
    await writeFile(path, body);
    yield { id, hasOwnId: true, source: id, path, name: `${id}.txt`, format: 'text', given: { title } };
  }
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
