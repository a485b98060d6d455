/** The request of a search: what is checked, what the OpenAPI document shows and what the service takes. */
import { z } from 'zod';

import { metadataFilterSchema } from './metadata-filter.schema';

export const maxBatchRequests = 100;

const dateSchema = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((date) => date.slice(0, 10))
  .meta({ description: 'ISO 8601 date; of a date and time the date counts', example: '2025-01-01' });

const dateRangeSchema = z
  .strictObject({ start: dateSchema.optional(), end: dateSchema.optional() })
  .refine(({ start, end }) => start === undefined || end === undefined || start <= end, {
    error: 'start must not be after end',
    path: ['start'],
  })
  .meta({ description: 'Inclusive; either end may be absent. Documents without a date never match.' });

const shortText = z.string().min(1).max(200);

function oneOrSeveral<T extends z.ZodType>(item: T): z.ZodUnion<[T, z.ZodArray<T>]> {
  return z.union([item, z.array(item).min(1).max(50)]);
}

export const searchFiltersSchema = z
  .strictObject({
    doc_type: oneOrSeveral(shortText)
      .optional()
      .meta({ description: 'One or several', example: ['markdown', 'pdf'] }),
    language: oneOrSeveral(z.enum(['pt', 'en', 'other']))
      .optional()
      .meta({ description: 'One or several', example: 'pt' }),
    source: z.string().min(1).max(1024).optional().meta({ description: 'Prefix of the source', example: 'docs/pt/' }),
    date_range: dateRangeSchema.optional(),
    metadata: metadataFilterSchema.optional(),
  })
  .meta({ description: 'Every part that is present must hold' });

const collectionSchema = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,127}$/, 'Letters, digits, `_`, `-` and `.`, at most 128')
  .meta({ description: 'Default: the collection of the profile', example: 'documents_dev' });

export const searchRequestSchema = z
  .strictObject({
    query: z
      .string()
      .trim()
      .normalize('NFC')
      .min(1)
      .max(2000)
      .meta({ description: 'The question, in Portuguese or English', example: 'Como configurar Docker?' }),
    max_results: z.int().min(1).max(100).default(5).meta({ description: 'Results on this page', example: 5 }),
    offset: z.int().min(0).max(1000).default(0).meta({ description: 'Results to skip', example: 0 }),
    mode: z
      .enum(['hybrid', 'semantic', 'lexical'])
      .optional()
      .meta({ description: 'Meaning and words together, meaning alone, or words alone', example: 'hybrid' }),
    filters: searchFiltersSchema.optional(),
    min_score: z.number().min(0).max(1).default(0).meta({ description: 'Results below are left out', example: 0 }),
    highlight: z.boolean().default(false).meta({ description: 'Mark the words that were found' }),
    explain: z.boolean().default(false).meta({ description: 'Show ranks and scores of both sides' }),
    group_by_document: z.boolean().default(false).meta({ description: 'The best passage of each document only' }),
    collection: collectionSchema.optional(),
  })
  .meta({ description: 'A search' });

const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');
const severalWords = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? value.split(',') : value));

/** `GET /search`: the same request in a query string; lists are repeated or separated by commas. */
export const searchQuerySchema = z
  .strictObject({
    q: z.string().meta({ description: 'The question', example: 'How do I configure Docker?' }),
    max_results: z.coerce.number().optional().meta({ description: '1..100, default 5', example: 5 }),
    offset: z.coerce.number().optional().meta({ description: '0..1000, default 0' }),
    mode: z.string().optional().meta({ description: 'hybrid, semantic or lexical', example: 'hybrid' }),
    doc_type: severalWords.optional().meta({ description: 'One or several', example: 'markdown' }),
    language: severalWords.optional().meta({ description: 'pt, en or other', example: 'en' }),
    source: z.string().optional().meta({ description: 'Prefix of the source' }),
    date_from: z.string().optional().meta({ description: 'ISO 8601, inclusive', example: '2025-01-01' }),
    date_to: z.string().optional().meta({ description: 'ISO 8601, inclusive' }),
    min_score: z.coerce.number().optional().meta({ description: '0..1' }),
    highlight: flag.optional(),
    explain: flag.optional(),
    group_by_document: flag.optional(),
    collection: z.string().optional().meta({ description: 'Default: the collection of the profile' }),
  })
  .meta({ description: 'A search by GET' });

export type SearchRequest = z.output<typeof searchRequestSchema>;
export type SearchMode = NonNullable<SearchRequest['mode']>;
export type SearchFilters = z.output<typeof searchFiltersSchema>;
export type SearchQuery = z.output<typeof searchQuerySchema>;
