/** The request and the answer of a chat. */
import { z } from 'zod';

import { searchFiltersSchema } from '@acervo/search';

const text = (max: number): z.ZodString => z.string().trim().normalize('NFC').min(1).max(max);
export const collectionSchema = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,127}$/, 'Letters, digits, `_`, `-` and `.`, at most 128')
  .meta({ description: 'Default: the collection of the profile', example: 'documents_dev' });

export const conversationIdSchema = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'The id that an earlier answer gave')
  .meta({ example: '0b8f6f0e-6f0c-4a43-9a5e-0d9b9a3c1f11' });

const messageSchema = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: text(8_000).meta({ example: 'Como configurar Docker?' }),
});

export const chatRequestSchema = z
  .strictObject({
    message: text(8_000).optional().meta({ description: 'The question', example: 'Como configurar Docker?' }),
    messages: z
      .array(messageSchema)
      .min(1)
      .max(50)
      .refine((messages) => messages.at(-1)?.role === 'user', { error: 'The last message is the question: role user' })
      .optional()
      .meta({ description: 'Instead of `message`: a conversation that the client keeps itself, oldest first' }),
    conversation_id: conversationIdSchema.optional().meta({ description: 'Goes on with a conversation kept here' }),
    filters: searchFiltersSchema.optional(),
    max_results: z.int().min(1).max(20).default(5).meta({ description: 'Passages to look at', example: 5 }),
    collection: collectionSchema.optional(),
    stream: z.boolean().optional().meta({ description: 'Server-sent events instead of one JSON answer' }),
    resumable: z.boolean().default(false).meta({
      description: 'With `stream`: goes on when the connection breaks, and waits a minute for the client to come back',
    }),
    temperature: z.number().min(0).max(2).optional().meta({ description: 'Default: LLM_TEMPERATURE', example: 0 }),
    max_tokens: z.int().min(1).max(32_000).optional().meta({ description: 'At most LLM_MAX_TOKENS', example: 500 }),
  })
  .refine(({ message, messages }) => (message === undefined) !== (messages === undefined), {
    error: 'Send either `message` or `messages`',
    path: ['message'],
  })
  .refine(({ messages, conversation_id }) => messages === undefined || conversation_id === undefined, {
    error: 'A conversation kept here goes on with `message`',
    path: ['messages'],
  })
  .meta({ description: 'A question, alone or in a conversation' });

const positionSchema = z.object({ start: z.int(), end: z.int(), page: z.int().optional() }).meta({
  description: 'Of the quotation in the extracted text, UTF-16 code units, end exclusive',
});

export const citationSchema = z.object({
  index: z.int().meta({ description: '`[n]` in the answer', example: 1 }),
  chunk_id: z.string(),
  document_id: z.string(),
  title: z.string().meta({ example: 'Docker' }),
  source: z.string().meta({ example: 'docs/pt/docker.md' }),
  quote: z.string().meta({ description: 'The sentence of the document' }),
  position: positionSchema,
});

export const chatAnswerSchema = z
  .object({
    conversation_id: z.string(),
    answer: z.string().meta({ example: 'Use uma imagem com a variável DATA_DIR em um volume [1].' }),
    grounded: z.boolean().meta({ description: 'False: nothing relevant was found, and the answer says so' }),
    citations: z.array(citationSchema),
    finish_reason: z
      .enum(['stop', 'length'])
      .meta({ description: '`length`: cut off at `max_tokens`; such an answer is not kept' }),
    unsupported: z
      .array(z.object({ start: z.int(), end: z.int() }))
      .meta({ description: 'Sentences of `answer` that no cited source bears out' }),
    model: z.string().meta({ example: 'extractive' }),
    usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }),
    degraded: z.array(z.string()).meta({ description: 'What the search had to leave out', example: [] }),
  })
  .meta({ description: 'An answer with its citations' });

export const conversationSchema = z.object({
  id: z.string(),
  title: z.string(),
  collection: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  expires_at: z.string(),
});

export const conversationWithMessagesSchema = conversationSchema.extend({
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string(), at: z.string() })),
});

export const conversationListSchema = z.object({
  conversations: z.array(conversationSchema),
  cursor: z.string().nullable(),
});

export const conversationListQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(100).optional(),
});

export type ChatRequest = z.output<typeof chatRequestSchema>;
export type ChatAnswer = z.output<typeof chatAnswerSchema>;
