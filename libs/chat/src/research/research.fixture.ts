/** A small collection of real documents, found with the bundled model, for specs of this room. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLocalEmbedder, type Embedder } from '@acervo/embedding';
import { callContext, type CallContext } from '@acervo/kernel';
import { detectLanguage } from '@acervo/language';
import { defaultSearchOptions, SearchService } from '@acervo/search';
import {
  CollectionWriter,
  createSqliteDocumentStore,
  EmbeddedVectorIndex,
  type DocumentStore,
  type VectorIndex,
} from '@acervo/store';

import { ExtractiveLanguageModel } from '../adapters/extractive/extractive-language-model';
import type { LanguageModel } from '../language-model';
import type { ResearchAnswer, ResearchEvent, ResearchQuestion } from './research';
import { Researcher, type ResearcherOptions } from './researcher';

export const collection = 'research';
const chunking = { size: 800, overlap: 0, version: 1 };

/** Title to paragraphs, one chunk each. */
export type Pages = Readonly<Record<string, readonly string[]>>;

const pages: Pages = {
  'Copa e refeitório': [
    'O refeitório abre às 11 horas e fecha às 14 horas de segunda a sexta-feira.',
    'A máquina de café da copa deve ser limpa toda sexta-feira pela equipe de manutenção.',
  ],
  'Regulamento interno': [
    'O refeitório abre às 11 horas e fecha às 15 horas de segunda a sexta-feira.',
    'Visitantes recebem um crachá provisório na recepção e devem devolver o crachá na saída.',
  ],
  'Guia do visitante': [
    'Visitantes recebem um crachá provisório na recepção do prédio.',
    'O estacionamento tem 40 vagas para visitantes, no subsolo.',
  ],
  'Backup of the servers': [
    'The backup of the database runs every night at two and is kept for thirty days.',
    'A restore of the database takes about one hour and must be practised twice a year.',
  ],
  'On call': [
    'The engineer on call answers alerts within fifteen minutes.',
    'Passwords of the servers are rotated every three months by the security team.',
  ],
};

export interface ResearchFixture {
  readonly embedder: Embedder;
  readonly store: DocumentStore;
  readonly vectorIndex: VectorIndex;
  readonly search: SearchService;
  readonly quoter: LanguageModel;
  readonly context: () => CallContext;
  readonly researcher: (model?: LanguageModel, options?: ResearcherOptions) => Researcher;
  put(more: Pages): Promise<void>;
  close(): Promise<void>;
}

export async function openResearchFixture(): Promise<ResearchFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-research-'));
  const store = await createSqliteDocumentStore({ directory });
  const vectorIndex = new EmbeddedVectorIndex({ directory: join(directory, 'vectors'), source: store });
  const writer = new CollectionWriter(store, vectorIndex);
  const embedder = createLocalEmbedder({ threads: 1 });
  const context = (): CallContext => callContext(25_000);
  const { model, dimensions } = embedder.capabilities;
  await writer.ensureCollection({ name: collection, embeddingModel: model, dimensions, chunking }, context());
  const put = async (more: Pages): Promise<void> => {
    const all = Object.entries(more).flatMap(([title, paragraphs]) => paragraphs.map((one) => `${title}\n${one}`));
    const vectors = await embedder.embedBatch(all, 'passage', context());
    let row = 0;
    const documents = Object.entries(more).map(([title, paragraphs]) => {
      const text = paragraphs.join('\n');
      const first = row;
      row += paragraphs.length;
      let at = 0;
      return {
        ...{ id: title, title, source: `wiki/${title}.md`, docType: 'markdown', language: detectLanguage(text) },
        ...{ date: undefined, metadata: {}, contentHash: title, text },
        embeddings: vectors.slice(first * dimensions, row * dimensions),
        chunks: paragraphs.map((paragraph, nth) => {
          const start = at;
          at += paragraph.length + 1;
          return {
            ...{ text: paragraph, start, end: start + paragraph.length, headings: [], page: undefined },
            ...{ passage: all[first + nth] ?? '', passageHash: `${title} ${start}` },
          };
        }),
      };
    });
    await writer.apply(collection, { put: documents }, context());
  };
  await put(pages);
  const search = new SearchService(store, vectorIndex, embedder, {
    ...defaultSearchOptions,
    defaultCollection: collection,
  });
  const quoter = new ExtractiveLanguageModel(embedder);
  return {
    ...{ embedder, store, vectorIndex, search, quoter, context, put },
    researcher: (chosen = quoter, options = {}) => new Researcher(search, chosen, quoter, options),
    close: async () => {
      await embedder.close();
      await vectorIndex.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function ask(question: string, budget: Partial<ResearchQuestion['budget']> = {}): ResearchQuestion {
  return { question, collection, budget: { maxSeconds: 20, maxSearches: 30, maxTokens: 20_000, ...budget } };
}

export async function readAll(events: AsyncIterable<ResearchEvent>): Promise<ResearchEvent[]> {
  const all: ResearchEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export function answerIn(events: readonly ResearchEvent[]): ResearchAnswer {
  const last = events.at(-1);
  if (last?.type !== 'done') throw new Error('The research did not end with an answer');
  return last.answer;
}

/** Numbers of the marks in a report. */
export function marksIn(report: string): number[] {
  return [...new Set([...report.matchAll(/\[(\d+)\]/g)].map(([, digits]) => Number(digits)))];
}
