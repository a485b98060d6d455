/** Documents over HTTP: what is checked, what the OpenAPI document shows, what is answered. */
import { z } from 'zod';

export const collectionNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    'Letters, digits, `_` and `-`, at most 63, beginning with a letter or digit',
  )
  .meta({ example: 'documents_dev' });

export const documentIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.:~-]{0,127}$/,
    'Letters, digits and `_ . : ~ -`, at most 128, beginning with a letter or digit',
  )
  .meta({ example: 'incident-2026-118' });

const label = z.string().trim().min(1).max(1_000);
const scalar = z.union([z.string().max(2_000), z.number(), z.boolean()]);
const fieldName = z.string().regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,63}$/u, 'A field name of letters, digits, `_ . -`');
const maxMetadataFields = 64;

/** zod passes over a `__proto__` key in records without a word. */
function readMetadata(input: unknown, context: z.core.ParsePayload): unknown {
  let value = input;
  if (typeof input === 'string') {
    try {
      value = JSON.parse(input) as unknown;
    } catch {
      context.issues.push({ code: 'custom', message: 'As a form field metadata is a JSON object', input });
      return input;
    }
  }
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    context.issues.push({ code: 'custom', message: '`__proto__` is no field of metadata', input, path: ['__proto__'] });
  }
  return value;
}

const metadataSchema = z
  .preprocess(
    readMetadata,
    z
      .record(fieldName, z.union([scalar, z.null(), z.array(scalar).max(64)]))
      .refine((fields) => Object.keys(fields).length <= maxMetadataFields, `At most ${maxMetadataFields} fields`),
  )
  .meta({ description: 'Scalars and lists of scalars, for filters', example: { severity: 2, team: 'platform' } });

const dateSchema = z
  .union([z.iso.date(), z.iso.datetime({ offset: true, local: true })])
  .transform((date) => date.slice(0, 10))
  .meta({ description: 'ISO 8601; of a date and time the date counts', example: '2026-11-18' });

const fields = {
  title: label.optional().meta({ example: 'Incident 2026-118' }),
  source: label
    .optional()
    .meta({ description: 'Where it comes from; filters match its beginning', example: 'incidents/2026-118' }),
  doc_type: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'Lower-case letters, digits, `_` and `-`')
    .optional()
    .meta({ description: 'markdown, html, csv and json also say how `text` is read', example: 'markdown' }),
  date: dateSchema.optional(),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*$/, 'A language tag such as pt, en or pt-BR')
    .optional()
    .meta({ description: 'Detected when absent', example: 'pt' }),
  metadata: metadataSchema.optional(),
  collection: collectionNameSchema.optional(),
};

const content = {
  text: z
    .string()
    .max(20_000_000)
    .refine((text) => /[\p{L}\p{N}]/u.test(text), 'Send at least one word')
    .optional()
    .meta({
      description: 'The content; absent only with files',
      example: 'The import stopped because the disk was full.',
    }),
  url: z
    .unknown()
    .refine((url) => url === undefined, 'Documents are not fetched from addresses: send `text` or a file')
    .optional(),
};

/** POST /documents, JSON as well as the fields of a form. */
export const newDocumentSchema = z.strictObject({ id: documentIdSchema.optional(), ...content, ...fields });
/** PUT /documents/ID */
export const documentReplacementSchema = z.strictObject({ ...content, ...fields });
export type NewDocumentBody = z.output<typeof newDocumentSchema>;

export const collectionQuerySchema = z.strictObject({ collection: collectionNameSchema.optional() });
export const documentListQuerySchema = z.strictObject({
  collection: collectionNameSchema.optional(),
  cursor: z.string().min(1).max(512).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  source: z.string().min(1).max(1_000).optional().meta({ description: 'Beginning of the source' }),
});

export const acceptedDocumentSchema = z.object({
  job_id: z.string(),
  document_id: z.string(),
  jobs: z
    .array(z.object({ job_id: z.string(), document_id: z.string(), file: z.string() }))
    .optional()
    .meta({ description: 'With several files: one job each' }),
});

const documentSchema = z.object({
  id: z.string(),
  collection: z.string(),
  title: z.string(),
  source: z.string(),
  doc_type: z.string(),
  language: z.enum(['pt', 'en', 'other']),
  date: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  content_hash: z.string(),
  chunks: z.int(),
  characters: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
});
export const documentWithTextSchema = documentSchema.extend({
  text: z.string().meta({ description: 'As extracted; positions of results refer to it' }),
});
export const documentListSchema = z.object({
  documents: z.array(documentSchema),
  cursor: z.string().nullable().meta({ description: 'For the next page; null on the last one' }),
});

export const documentExamples = {
  en: {
    summary: 'A text in English',
    value: {
      title: 'Incident 2026-118',
      text: 'The import stopped because the disk was full. Free space and start it again.',
      source: 'incidents/2026-118',
      date: '2026-11-18',
      metadata: { severity: 2, team: 'platform' },
    },
  },
  pt: {
    summary: 'Um texto em português',
    value: {
      title: 'Política de férias',
      text: 'As férias são pedidas com trinta dias de antecedência pelo portal.',
      doc_type: 'markdown',
      language: 'pt',
    },
  },
};
