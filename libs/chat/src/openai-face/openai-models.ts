/** The names under which OpenAI clients reach this server's parts. */
import { z } from 'zod';

import { fail } from '@acervo/problem';

export const chatModels = ['acervo', 'acervo-research'] as const;
export const embeddingModel = 'acervo-embedding';

export type ChatModel = (typeof chatModels)[number];

export const modelNameSchema = z.string().min(1).max(200).meta({ example: 'acervo' });

export const modelSchema = z.object({
  id: z.string().meta({ example: 'acervo' }),
  object: z.literal('model'),
  created: z.int().meta({ description: 'Always 0: a model is as old as the server' }),
  owned_by: z.string().meta({ example: 'acervo' }),
});

export const modelListSchema = z.object({ object: z.literal('list'), data: z.array(modelSchema) });

export type OpenAiModel = z.output<typeof modelSchema>;

export function listModels(): OpenAiModel[] {
  return [...chatModels, embeddingModel].map((id) => ({ id, object: 'model', created: 0, owned_by: 'acervo' }));
}

export function toChatModel(name: string): ChatModel {
  const model = chatModels.find((known) => known === name);
  if (model === undefined) throw modelNotFound(name, chatModels);
  return model;
}

/** Errors to throw: MODEL_NOT_FOUND. */
export function modelNotFound(name: string, known: readonly string[]): Error {
  const names = known.map((id) => `"${id}"`).join(' or ');
  return fail('MODEL_NOT_FOUND', `There is no model "${name.slice(0, 100)}" here: use ${names}.`);
}
