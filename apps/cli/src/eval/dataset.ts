import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

import type { Judgements } from './metrics';

const corpusLine = z.object({ _id: z.string().min(1), title: z.string().default(''), text: z.string() });
const queryLine = z.object({ _id: z.string().min(1), text: z.string().min(1) });

export type CorpusDocument = z.output<typeof corpusLine>;
export type JudgedQuery = z.output<typeof queryLine> & { readonly judged: Judgements };

export interface Dataset {
  readonly folder: string;
  /** Absent when the folder judges documents that lie elsewhere (`--corpus`). */
  readonly corpusFile: string | undefined;
  /** Queries with at least one relevant document, in file order. */
  readonly queries: readonly JudgedQuery[];
}

/** A folder as BEIR lays it out: `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`. */
export async function readDataset(folder: string): Promise<Dataset> {
  const corpusFile = join(folder, 'corpus.jsonl');
  const judgements = readJudgements(join(folder, 'qrels.tsv'));
  const queries: JudgedQuery[] = [];
  for await (const query of readJsonLines(join(folder, 'queries.jsonl'), queryLine)) {
    const judged = judgements.get(query._id);
    if (judged !== undefined) queries.push({ ...query, judged });
  }
  if (queries.length === 0)
    throw new Error(`${folder}: no query of queries.jsonl has a relevant document in qrels.tsv`);
  return { folder, corpusFile: existsSync(corpusFile) ? corpusFile : undefined, queries };
}

export function readCorpus(file: string): AsyncGenerator<CorpusDocument> {
  return readJsonLines(file, corpusLine);
}

function readJudgements(file: string): Map<string, Map<string, number>> {
  const all = new Map<string, Map<string, number>>();
  for (const [index, line] of readFileSync(file, 'utf8').split(/\r?\n/).entries()) {
    if (line.trim() === '' || (index === 0 && line.startsWith('query-id'))) continue;
    const [queryId, documentId, score] = line.split('\t');
    const relevance = Number(score);
    if (queryId === undefined || documentId === undefined || !Number.isFinite(relevance)) {
      throw new Error(`${file}:${index + 1}: expected query-id<TAB>corpus-id<TAB>score`);
    }
    if (relevance <= 0) continue;
    const judged = all.get(queryId) ?? new Map<string, number>();
    all.set(queryId, judged.set(documentId, relevance));
  }
  return all;
}

export async function* readJsonLines<T>(file: string, schema: z.ZodType<T>): AsyncGenerator<T> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    number++;
    if (line.trim() === '') continue;
    let parsed;
    try {
      parsed = schema.safeParse(JSON.parse(line));
    } catch (error) {
      throw new Error(`${file}:${number}: not valid JSON`, { cause: error });
    }
    if (!parsed.success) throw new Error(`${file}:${number}: ${z.prettifyError(parsed.error)}`);
    yield parsed.data;
  }
}
