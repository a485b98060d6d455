/** The corpus of a judged set, through the real pipeline into a collection of its own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Engines } from '@acervo/api';
import { ingestPaths, type IngestItem } from '@acervo/ingest';
import type { CallContext } from '@acervo/kernel';

import { readCorpus, type Dataset } from './dataset';

export interface CorpusOptions {
  /** Folder whose files are the corpus, judged by their source, when the data set brings no `corpus.jsonl`. */
  readonly corpus: readonly string[];
  /** Scratch folder for the corpus's files. */
  readonly scratch: string;
  readonly onProgress: (line: string) => void;
}

export const evalCollection = 'eval';

/** Document as found → id as judged. */
export type JudgedId = (found: { readonly document_id: string; readonly source: string }) => string;

export async function ingestCorpus(
  { corpusFile, folder }: Dataset,
  { ingester, store, writer }: Engines,
  { corpus, scratch, onProgress }: CorpusOptions,
  context: CallContext,
): Promise<JudgedId> {
  if (corpusFile === undefined) {
    if (corpus.length === 0) throw new Error(`${folder} has no corpus.jsonl: name the files it judges with --corpus`);
    for await (const event of ingestPaths(
      { ingester, store, writer },
      corpus,
      { collection: evalCollection, prune: true },
      context,
    )) {
      if (event.type === 'finished')
        onProgress(`${event.summary.files} files, ${event.summary.chunks} chunks embedded anew`);
    }
    return ({ source }) => source;
  }
  await ingester.ensureCollection(evalCollection, context);
  let documents = 0;
  for await (const outcome of ingester.ingest(evalCollection, corpusItems(corpusFile, scratch), context)) {
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
