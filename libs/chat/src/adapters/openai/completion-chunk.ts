import { z } from 'zod';

import type { Usage } from '../../language-model';

/** Of a `chat.completion.chunk`, what an answer needs. */
export interface CompletionChunk {
  readonly text: string;
  /** Reasoning models of several makers show that they think. */
  readonly isThought: boolean;
  readonly finish: string | undefined;
  readonly usage: Usage | undefined;
}

const shape = z.object({
  choices: z.array(
    z.object({
      delta: z
        .object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          reasoning_content: z.unknown(),
          reasoning: z.unknown(),
        })
        .partial()
        .nullish(),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: z
    .object({ prompt_tokens: z.int().nonnegative(), completion_tokens: z.int().nonnegative() })
    .optional()
    .catch(undefined),
});

/** Errors: an Error for what is no JSON or no chunk, such as an error of the server. */
export function readCompletionChunk(data: string): CompletionChunk {
  const { choices, usage } = shape.parse(JSON.parse(data));
  const { delta, finish_reason: finish } = choices[0] ?? {};
  return {
    text: delta?.content ?? delta?.refusal ?? '',
    isThought: Boolean(delta?.reasoning_content ?? delta?.reasoning),
    finish: finish ?? undefined,
    usage: usage && { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens },
  };
}
