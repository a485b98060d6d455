/** `POST /v1/embeddings`: what OpenAI clients send, and what they get. */
import { z } from 'zod';

import type { TextKind } from '@acervo/embedding';

/** As OpenAI. */
const maxInputs = 2_048;
const maxCharacters = 100_000;

const textSchema = z.string().min(1).max(maxCharacters);

/** The words of several makers for one choice. */
const kindOf = {
  query: 'query',
  search_query: 'query',
  passage: 'passage',
  document: 'passage',
  search_document: 'passage',
} as const satisfies Record<string, TextKind>;

/** Fields that change nothing here (`user`) are read past. */
export const embeddingsRequestSchema = z
  .object({
    model: z.string().min(1).max(200).meta({ example: 'acervo-embedding' }),
    input: z
      .union([textSchema, z.array(textSchema).min(1).max(maxInputs)], {
        error: `Send a text, or 1 to ${maxInputs} texts; none empty, and no token numbers`,
      })
      .meta({ description: 'What is longer than the model reads is cut', example: 'Como configurar Docker?' }),
    encoding_format: z.enum(['float', 'base64']).default('float').meta({
      description: '`base64`: float32, little endian',
    }),
    dimensions: z.int().nullish().meta({ description: "The model's own; others are refused" }),
    input_type: z
      .enum(['query', 'search_query', 'passage', 'document', 'search_document'])
      .default('passage')
      .transform((name) => kindOf[name])
      .meta({
        description:
          'Questions and what answers them are embedded differently: `query` (or `search_query`) for questions, ' +
          '`passage` (or `document`, `search_document`) for texts that are searched',
        example: 'query',
      }),
  })
  .meta({ description: 'Texts to be embedded, in the form of OpenAI' });

export const embeddingsAnswerSchema = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]).meta({ description: 'Of length 1' }),
    }),
  ),
  model: z.string(),
  usage: z
    .object({ prompt_tokens: z.int(), total_tokens: z.int() })
    .meta({ description: 'Estimated: four characters a token' }),
});

export type EmbeddingsRequest = z.output<typeof embeddingsRequestSchema>;
export type EmbeddingsAnswer = z.output<typeof embeddingsAnswerSchema>;
