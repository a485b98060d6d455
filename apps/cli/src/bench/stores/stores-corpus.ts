/**
 * Passages and questions for measuring stores without asking the model for each. Topics are the paragraphs of the
 * manual, embedded for real; a passage is made of words of its topic and of its language, as often as the manual has
 * them, and its vector lies around that of its topic as closely as passages of one topic do. Questions are the headings
 * of the manual, so both sides of a hybrid search find what they are about. The same on every machine.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Embedder } from '@acervo/embedding';
import { packageRoot, seededRandom, type CallContext } from '@acervo/kernel';
import type { NewDocument } from '@acervo/store';

export interface StoresCorpus {
  /** Of no more than 100 passages each, so that vectors never lie in memory all at once. */
  batches(): Iterable<readonly NewDocument[]>;
  /** None twice. */
  readonly questions: readonly string[];
}

/** `place` of a document is 0..99: a filter on it admits so many percent of the passages. */
export const placeField = 'place';

type ManualLanguage = 'pt' | 'en';

interface Topic {
  readonly words: readonly string[];
  /** Unit L2. */
  readonly vector: Float32Array;
}

interface Page {
  readonly language: ManualLanguage;
  readonly paragraphs: readonly string[];
  readonly headings: readonly string[];
}

const chunksPerDocument = 20;
const documentsPerBatch = 5;
const wordsPerPassage = 120;
const topicsPerPage = 5;
const wordsOfTopic = 0.4;
/** Gives a cosine of 0.9 between a passage and its topic. */
const spread = 0.48;

/** Cost: some 400 passages through the model; then about 0.1 ms a passage, as they are taken. */
export async function makeStoresCorpus(
  chunks: number,
  embedder: Embedder,
  context: CallContext,
): Promise<StoresCorpus> {
  const pages = (await Promise.all((['en', 'pt'] as const).map(readPages))).flat();
  const topics: Topic[][] = [];
  for (const { paragraphs } of pages) topics.push(await embedTopics(paragraphs, embedder, context));
  return {
    batches: () => makeBatches(chunks, pages, topics),
    questions: makeQuestions(pages),
  };
}

async function readPages(language: ManualLanguage): Promise<Page[]> {
  const folder = join(packageRoot(__dirname), 'docs', language);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.md')).sort();
  const texts = await Promise.all(files.map(async (file) => readFile(join(folder, file), 'utf8')));
  return texts
    .map((text) => text.replace(/^---\n.*?\n---\n/s, '').replace(/^```.*?^```/gms, ''))
    .map((text) => ({
      language,
      paragraphs: text.split(/\n{2,}/).filter((block) => block.length >= 150 && !/^[#|]/.test(block)),
      headings: [...text.matchAll(/^##+ (.+)$/gm)].map(([, heading = '']) => heading),
    }))
    .filter(({ paragraphs }) => paragraphs.length > 0);
}

async function embedTopics(paragraphs: readonly string[], embedder: Embedder, context: CallContext): Promise<Topic[]> {
  const texts = paragraphs.slice(0, Math.min(topicsPerPage, embedder.capabilities.maxBatchItems));
  const vectors = await embedder.embedBatch(texts, 'passage', context);
  const { dimensions } = embedder.capabilities;
  return texts.map((text, nth) => ({
    words: wordsOf(text),
    vector: vectors.slice(nth * dimensions, (nth + 1) * dimensions),
  }));
}

function* makeBatches(
  chunks: number,
  pages: readonly Page[],
  topics: readonly (readonly Topic[])[],
): Generator<NewDocument[]> {
  const random = seededRandom(42);
  const words = {
    en: wordsOf(pages.flatMap((page) => (page.language === 'en' ? page.paragraphs : [])).join(' ')),
    pt: wordsOf(pages.flatMap((page) => (page.language === 'pt' ? page.paragraphs : [])).join(' ')),
  };
  let batch: NewDocument[] = [];
  for (let nth = 0; nth * chunksPerDocument < chunks; nth += 1) {
    const { language } = pages[nth % pages.length] ?? { language: 'en' as const };
    const count = Math.min(chunksPerDocument, chunks - nth * chunksPerDocument);
    const own = topics[nth % pages.length] ?? [];
    const drawn = Array.from({ length: count }, () => pick(own, random));
    const passages = drawn.map((topic) => passageOf(topic, words[language], random));
    batch.push(documentOf(nth, language, passages, vectorsAround(drawn, random)));
    if (batch.length < documentsPerBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function documentOf(
  nth: number,
  language: ManualLanguage,
  passages: readonly string[],
  embeddings: Float32Array,
): NewDocument {
  const id = `stores-${nth}`;
  let start = 0;
  const chunks = passages.map((text, ordinal) => {
    const chunk = { text, start, end: start + text.length, headings: [], page: undefined, passage: text };
    start += text.length + 1;
    return { ...chunk, passageHash: `${id}-${ordinal}` };
  });
  return {
    ...{ id, title: id, source: id, docType: 'text', language, date: undefined },
    ...{ metadata: { [placeField]: nth % 100 }, contentHash: id, text: passages.join('\n'), chunks, embeddings },
  };
}

function passageOf(topic: Topic, words: readonly string[], random: () => number): string {
  return Array.from({ length: wordsPerPassage }, () =>
    pick(random() < wordsOfTopic ? topic.words : words, random),
  ).join(' ');
}

/** [topics.length × dimensions], unit L2. */
function vectorsAround(topics: readonly Topic[], random: () => number): Float32Array {
  const dimensions = topics[0]?.vector.length ?? 0;
  const joined = new Float32Array(topics.length * dimensions);
  topics.forEach(({ vector }, nth) => {
    // The sum of six uniform numbers has a variance of one half.
    const scale = (spread * Math.SQRT2) / Math.sqrt(dimensions);
    const moved = vector.map(
      (value) => value + scale * (random() + random() + random() + random() + random() + random() - 3),
    );
    const norm = Math.hypot(...moved);
    joined.set(
      moved.map((value) => value / norm),
      nth * dimensions,
    );
  });
  return joined;
}

function makeQuestions(pages: readonly Page[]): string[] {
  const random = seededRandom(7);
  const questions = pages.flatMap(({ language, headings }) =>
    headings.flatMap((heading) =>
      language === 'pt'
        ? [`O que preciso saber sobre ${heading}?`, `Como funciona ${heading}?`]
        : [`What should I know about ${heading}?`, `How does ${heading} work?`],
    ),
  );
  const ordered = [...new Set(questions)].map((question) => ({ question, place: random() }));
  return ordered.sort((a, b) => a.place - b.place).map(({ question }) => question);
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('There is nothing to pick from.');
  return item;
}
