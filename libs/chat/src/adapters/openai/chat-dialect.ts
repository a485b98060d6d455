/**
 * Which fields of Chat Completions a server understands is learned from what it refuses: reasoning models want
 * `max_completion_tokens` and their own temperature, older compatible servers know neither `stream_options` nor
 * `response_format`. What was refused once is left out from then on.
 */
import { APIError } from 'openai';
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';

/** What is wanted, in whatever words. */
export interface Completion {
  readonly model: string;
  readonly messages: ChatCompletionMessageParam[];
  readonly temperature: number;
  readonly maxTokens: number;
  readonly isJson: boolean;
}

/** Fields that an answer can do without, or that have another name. */
const dispensable = ['max_tokens', 'temperature', 'stream_options', 'response_format'] as const;

/** A value that is merely too large is another matter. */
const refusal =
  /un(?:supported|known|recogni[sz]ed|expected)|not (?:supported|permitted|allowed)|extra|does not support/i;

export class ChatDialect {
  private readonly refused = new Set<string>();

  say({ model, messages, temperature, maxTokens, isJson }: Completion): ChatCompletionCreateParamsStreaming {
    const limit = this.refused.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens';
    return {
      model,
      messages,
      stream: true,
      [limit]: maxTokens,
      ...(!this.refused.has('temperature') && { temperature }),
      ...(!this.refused.has('stream_options') && { stream_options: { include_usage: true } }),
      ...(isJson && !this.refused.has('response_format') && { response_format: { type: 'json_object' } }),
    };
  }

  /** True when the error names a field that was sent: the request is worth repeating without it. */
  learn(error: unknown, sent: ChatCompletionCreateParamsStreaming): boolean {
    if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return false;
    if (!refusal.test(error.message)) return false;
    const named = error.param ?? error.message;
    const field = dispensable.find((name) => name in sent && named.includes(name));
    if (field === undefined) return false;
    this.refused.add(field);
    return true;
  }
}
