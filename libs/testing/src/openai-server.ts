import { z } from 'zod';

import { answerChat, type ChatStub } from './chat-completions';
import { startScriptedServer, type ScriptedReply, type ScriptedServer } from './scripted-server';
import { wordVector } from './word-vector';

export interface EmbeddingAnswer {
  readonly object: 'list';
  readonly data: { readonly object: 'embedding'; readonly index: number; readonly embedding: readonly number[] }[];
  readonly model: string;
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

export interface OpenAiServerScript {
  /** Of the vectors; default 1536. */
  readonly dimensions?: number;
  /** Used for the first requests, one each; then the server answers well. */
  readonly replies?: readonly ScriptedReply[];
  /** What `/chat/completions` writes. Default: the first sentence of the first source with its number. */
  readonly write?: ChatStub;
  /** Of a stream: before its first token, and between two. Default 0. */
  readonly firstTokenMs?: number;
  readonly tokenMs?: number;
}

export interface OpenAiServer extends ScriptedServer {
  /** What an OpenAI client takes as `baseURL`. */
  readonly baseUrl: string;
}

const embeddingRequest = z.object({
  model: z.string(),
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(2048)]),
  encoding_format: z.enum(['float', 'base64']).optional(),
});

/**
 * An OpenAI-compatible server with scriptable faults: deterministic vectors (see `wordVector`), answers that depend on
 * the prompt alone (see `obey`), and one model.
 */
export async function startOpenAiServer({
  dimensions = 1536,
  replies,
  ...chat
}: OpenAiServerScript = {}): Promise<OpenAiServer> {
  const embed = (body: unknown): EmbeddingAnswer => {
    const { model, input } = embeddingRequest.parse(body);
    const texts = typeof input === 'string' ? [input] : input;
    return {
      object: 'list',
      data: texts.map((text, index) => ({ object: 'embedding', index, embedding: wordVector(text, dimensions) })),
      model,
      usage: { prompt_tokens: texts.length, total_tokens: texts.length },
    };
  };
  const server = await startScriptedServer(
    {
      '/v1/embeddings': embed,
      '/v1/chat/completions': (body) => answerChat(body, chat),
      '/v1/models': () => ({ object: 'list', data: [{ id: 'stub', object: 'model', created: 0, owned_by: 'test' }] }),
    },
    replies,
  );
  return { ...server, baseUrl: `${server.origin}/v1` };
}
