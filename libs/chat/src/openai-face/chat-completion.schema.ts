/** `POST /v1/chat/completions`: what OpenAI clients send, and what they get. */
import { z } from 'zod';

import { searchFiltersSchema } from '@acervo/search';

import { citationSchema, collectionSchema } from '../chat.schema';

const maxQuestionCharacters = 8_000;
const maxMessageCharacters = 100_000;
/** Of earlier messages, the latest that a model is shown. */
const maxHistoryMessages = 20;
const maxHistoryCharacters = 40_000;

const textPart = z.object({ type: z.literal('text'), text: z.string().max(maxMessageCharacters) });
const contentSchema = z
  .union([z.string().max(maxMessageCharacters), z.array(textPart).max(100)], {
    error: 'Send text: a string, or parts of type `text`',
  })
  .nullish();

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: contentSchema.meta({ example: 'Como configurar Docker?' }),
});

const nothing = (what: string): z.ZodType => z.union([z.null(), z.array(z.never()).max(0)], { error: what }).optional();

/** Fields that change nothing here (`top_p`, `seed`, `user` …) are read past, as other compatible servers do. */
export const chatCompletionRequestSchema = z
  .object({
    model: z.string().min(1).max(200).meta({ description: '`acervo` or `acervo-research`', example: 'acervo' }),
    messages: z
      .array(messageSchema)
      .min(1)
      .max(500)
      .refine((messages) => messages.at(-1)?.role === 'user', { error: 'The last message is the question: role user' })
      .refine((messages) => questionLength(messages) > 0, { error: 'The last message holds no text' })
      .refine((messages) => questionLength(messages) <= maxQuestionCharacters, {
        error: `The question is at most ${maxQuestionCharacters} characters long`,
      })
      .meta({
        description:
          'Oldest first. `system` and `developer` are read past: this server alone instructs its model. ' +
          `Of what came before the question, the latest ${maxHistoryMessages} messages count`,
      }),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
    temperature: z.number().min(0).max(2).nullish().meta({ description: 'Default: LLM_TEMPERATURE', example: 0 }),
    max_tokens: z.int().min(1).nullish().meta({ description: 'At most LLM_MAX_TOKENS', example: 500 }),
    max_completion_tokens: z.int().min(1).nullish().meta({ description: 'The newer name of `max_tokens`' }),
    n: z.literal(1, { error: 'One answer a request' }).nullish(),
    tools: nothing('Tools are not offered here: leave `tools` out'),
    functions: nothing('Functions are not offered here: leave `functions` out'),
    response_format: z
      .object({ type: z.literal('text', { error: 'Answers are text: leave `response_format` out' }) })
      .nullish(),
    collection: collectionSchema.optional(),
    filters: searchFiltersSchema.optional(),
    max_results: z.int().min(1).max(20).default(5).meta({ description: 'Passages to look at' }),
  })
  .meta({
    description: 'A question in the form of OpenAI; `collection`, `filters` and `max_results` are of this server',
  });

const annotationSchema = z.object({
  type: z.literal('url_citation'),
  url_citation: z.object({
    start_index: z.int().meta({ description: 'Of the mark `[n]` in the content, UTF-16 code units' }),
    end_index: z.int().meta({ description: 'Exclusive' }),
    title: z.string(),
    url: z.string().meta({ description: 'The source when it is an address, else the document on this server' }),
  }),
});

const usageSchema = z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() });

const detailsSchema = z
  .object({
    grounded: z.boolean(),
    citations: z.array(citationSchema),
    model: z.string().meta({ example: 'extractive' }),
    degraded: z.array(z.string()),
  })
  .meta({ description: 'What `/chat` says beside the answer' });

export const chatCompletionSchema = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int().meta({ description: 'Seconds since 1970' }),
  model: z.string().meta({ example: 'acervo' }),
  choices: z.array(
    z.object({
      index: z.literal(0),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().meta({ example: 'Monte DATA_DIR em um volume [1].' }),
        refusal: z.null(),
        annotations: z.array(annotationSchema),
      }),
      finish_reason: z.enum(['stop', 'length']),
      logprobs: z.null(),
    }),
  ),
  usage: usageSchema,
  acervo: detailsSchema,
});

export type ChatCompletionRequest = z.output<typeof chatCompletionRequestSchema>;
export type ChatCompletion = z.output<typeof chatCompletionSchema>;
export type Annotation = z.output<typeof annotationSchema>;
export type AnswerDetails = z.output<typeof detailsSchema>;
type Message = z.output<typeof messageSchema>;

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** The turns of a conversation, oldest first: what has no text and what is not said by either side is left out. */
export function turnsOf(messages: readonly Message[]): [...Turn[], Turn] {
  const turns = messages.flatMap(({ role, content }): Turn[] => {
    const text = textOf(content);
    return text !== '' && (role === 'user' || role === 'assistant') ? [{ role, content: text }] : [];
  });
  const question = turns.pop() ?? { role: 'user', content: '' };
  const history: Turn[] = [];
  let characters = 0;
  for (const turn of turns.reverse()) {
    characters += turn.content.length;
    if (history.length === maxHistoryMessages || characters > maxHistoryCharacters) break;
    history.unshift(turn);
  }
  return [...history, question];
}

function questionLength(messages: readonly Message[]): number {
  return textOf(messages.at(-1)?.content).length;
}

function textOf(content: Message['content']): string {
  const text = typeof content === 'string' ? content : (content ?? []).map((part) => part.text).join('\n');
  return text.normalize('NFC').trim();
}
