/** The answer of a search, as api consumers see it. */
import { z } from 'zod';

const sideSchema = z.object({
  rank: z.int().nullable().meta({ description: 'Place in the list of this side; null when it was not in it' }),
  score: z.number(),
});

export const searchResultSchema = z.object({
  rank: z.int().meta({ description: 'From 1, over all pages', example: 1 }),
  score: z.number().min(0).max(1).meta({ description: 'Estimated probability of being relevant', example: 0.87 }),
  id: z.string().meta({ description: 'Id of the passage' }),
  document_id: z.string(),
  title: z.string().meta({ example: 'Docker' }),
  text: z.string(),
  source: z.string().meta({ example: 'docs/pt/docker.md' }),
  doc_type: z.string().meta({ example: 'markdown' }),
  language: z.enum(['pt', 'en', 'other']),
  date: z.string().nullable().meta({ example: '2026-05-01' }),
  headings: z.array(z.string()).meta({ example: ['FastAPI em contêineres', 'Dockerfile'] }),
  position: z.object({ start: z.int(), end: z.int(), page: z.int().optional() }).meta({
    description: 'In the extracted text, UTF-16 code units, end exclusive; page from 1 where there are pages',
  }),
  metadata: z.record(z.string(), z.unknown()),
  highlights: z
    .array(z.object({ start: z.int(), end: z.int() }))
    .optional()
    .meta({ description: 'In `text`, UTF-16 code units, end exclusive' }),
  explain: z
    .object({
      vector: sideSchema.optional().meta({ description: 'Cosine' }),
      lexical: sideSchema.optional().meta({ description: 'BM25' }),
      fused: z.number().meta({ description: 'Before it is mapped to `score`' }),
    })
    .optional(),
});

export const searchAnswerSchema = z
  .object({
    query: z.string().meta({ example: 'Como configurar Docker?' }),
    collection: z.string().meta({ example: 'documents_dev' }),
    mode: z.enum(['hybrid', 'semantic', 'lexical']),
    generation: z.int().meta({ description: 'Grows with each change of the collection', example: 42 }),
    degraded: z
      .array(z.enum(['semantic_unavailable', 'lexical_unavailable']))
      .meta({ description: 'What was left out', example: [] }),
    results: z.array(searchResultSchema),
  })
  .meta({ description: 'Results, best first' });

export type SearchAnswer = z.output<typeof searchAnswerSchema>;
export type SearchResult = z.output<typeof searchResultSchema>;
export type Degradation = SearchAnswer['degraded'][number];
