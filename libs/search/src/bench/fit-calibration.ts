/**
 * Fits the curves of score-calibration.ts: `node dist/libs/search/src/bench/fit-calibration.js SET=DATA_DIR …`.
 * SET is a judged folder (queries.jsonl, qrels.tsv); DATA_DIR what `acervo eval SET --data-dir DATA_DIR` left.
 * The ten best documents of each question and mode are samples; each set weighs the same.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLocalEmbedder } from '@acervo/embedding';
import { callContext } from '@acervo/kernel';
import { createSqliteDocumentStore, EmbeddedVectorIndex, type Collection } from '@acervo/store';

import { planQuery } from '../query-plan';
import { defaultSearchOptions } from '../search-options';
import { searchRequestSchema, type SearchMode } from '../search.schema';
import { SearchService } from '../search.service';
import { fitLogistic, type Sample } from './fit-logistic';

type Curve = 'hybrid' | 'across' | 'semantic' | 'lexical';
type Samples = Record<Curve, Sample[]>;

const collectionName = 'eval';
const maxQuestions = 300;
const dayMs = 24 * 60 * 60_000;
const noSamples = (): Samples => ({ hybrid: [], across: [], semantic: [], lexical: [] });

async function main(pairs: readonly string[]): Promise<void> {
  const samples = noSamples();
  for (const pair of pairs) {
    const [set = '', dataDirectory = ''] = pair.split('=');
    const ofSet = await samplesOf(set, dataDirectory);
    for (const curve of Object.keys(samples) as Curve[]) {
      const weight = 1 / Math.max(1, ofSet[curve].length);
      samples[curve].push(...ofSet[curve].map((sample) => ({ ...sample, weight })));
    }
  }
  for (const [curve, list] of Object.entries(samples)) {
    if (list.length > 0) process.stdout.write(`${curve} ${list.length} ${JSON.stringify(fitLogistic(list))}\n`);
  }
}

async function samplesOf(set: string, dataDirectory: string): Promise<Samples> {
  const context = callContext(dayMs);
  const scratch = await mkdtemp(join(tmpdir(), 'acervo-fit-'));
  const store = await createSqliteDocumentStore({ directory: dataDirectory });
  const vectorIndex = new EmbeddedVectorIndex({ directory: scratch, source: store });
  const embedder = createLocalEmbedder({ threads: 1 });
  try {
    const collection = await store.findCollection(collectionName, context);
    if (collection === undefined) throw new Error(`${dataDirectory} holds no collection \`${collectionName}\``);
    await vectorIndex.open(collection, context);
    const options = { ...defaultSearchOptions, defaultCollection: collectionName };
    const service = new SearchService(store, vectorIndex, embedder, options);
    const judged = await readJudgements(set);
    const samples = noSamples();
    for (const { _id: id, text } of await readQuestions(set)) {
      const relevant = judged.get(id);
      if (relevant === undefined) continue;
      for (const mode of ['hybrid', 'semantic', 'lexical'] as const) {
        const request = searchRequestSchema.parse({
          query: text,
          mode,
          max_results: 10,
          group_by_document: true,
          explain: true,
        });
        const { answer } = await service.search(request, context);
        for (const { explain, document_id: document } of answer.results) {
          const { curve, features } = featuresOf(explain?.fused ?? 0, mode, text, collection);
          samples[curve].push({ features, isRelevant: relevant.has(document), weight: 1 });
        }
      }
    }
    return samples;
  } finally {
    await vectorIndex.close();
    await Promise.all([store.close(), embedder.close(), rm(scratch, { recursive: true, force: true })]);
  }
}

function featuresOf(
  raw: number,
  mode: SearchMode,
  text: string,
  collection: Collection,
): { readonly curve: Curve; readonly features: number[] } {
  const plan = planQuery(searchRequestSchema.parse({ query: text }), mode, collection);
  if (mode === 'semantic') return { curve: mode, features: [raw] };
  if (mode === 'lexical') return { curve: mode, features: [raw * plan.lengthFactor] };
  return plan.isSameLanguage
    ? { curve: 'hybrid', features: [raw, plan.lexicalWeight] }
    : { curve: 'across', features: [raw] };
}

async function readQuestions(set: string): Promise<{ readonly _id: string; readonly text: string }[]> {
  const lines = (await readFile(join(set, 'queries.jsonl'), 'utf8')).split('\n').filter((line) => line !== '');
  return lines.slice(0, maxQuestions).map((line) => JSON.parse(line) as { _id: string; text: string });
}

async function readJudgements(set: string): Promise<Map<string, Set<string>>> {
  const judged = new Map<string, Set<string>>();
  for (const line of (await readFile(join(set, 'qrels.tsv'), 'utf8')).split(/\r?\n/).slice(1)) {
    const [question, document, score] = line.split('\t');
    if (question === undefined || document === undefined || !(Number(score) > 0)) continue;
    judged.set(question, (judged.get(question) ?? new Set()).add(document));
  }
  return judged;
}

if (require.main === module) void main(process.argv.slice(2));
