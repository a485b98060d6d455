import type OpenAI from 'openai';

import { throwIfEnded, type CallContext } from '@acervo/kernel';
import { timeoutFailure, toUpstreamFailure, UpstreamFailure, type UpstreamDescription } from '@acervo/openai';
import { fail } from '@acervo/problem';

import type { ModelEvent, Usage } from '../../language-model';

import type { ChatDialect, Completion } from './chat-dialect';
import { readCompletionChunk } from './completion-chunk';
import { countTokens } from './count-tokens';
import { readEventData } from './event-data';

export interface CompletionStreamOptions {
  readonly client: OpenAI;
  readonly dialect: ChatDialect;
  readonly upstream: UpstreamDescription;
  readonly firstTokenTimeoutMs: number;
  readonly tokenTimeoutMs: number;
  /** Ends every request: the server stops. */
  readonly stop: AbortSignal;
}

/** Other tokenizers make up to twice as many of a text; the few more are for the shortest answers. */
const maxTokenRatio = 2;
const spareTokens = 64;
/** For a server that keeps the connection open after its last word. */
const leaveMs = 250;

/**
 * One request to `/chat/completions`, from sending to the last event. The connection is closed when the context ends,
 * even while nobody reads. Time in which the reader does not ask for more is not the server's.
 *
 * Errors: UpstreamFailure; REQUEST_DEADLINE_EXCEEDED, REQUEST_CANCELLED; SERVER_NOT_READY after `stop`.
 */
export async function* streamCompletion(
  completion: Completion,
  { client, dialect, upstream, firstTokenTimeoutMs, tokenTimeoutMs, stop }: CompletionStreamOptions,
  context: CallContext,
): AsyncGenerator<ModelEvent> {
  const connection = new AbortController();
  const close = (): void => {
    connection.abort();
  };
  const ends = [context.signal, stop];
  for (const end of ends) end.addEventListener('abort', close, { once: true });
  const patience = new Patience(firstTokenTimeoutMs, close);
  const maxTokens = completion.maxTokens * maxTokenRatio + spareTokens;
  let written = 0;
  let usage: Usage | undefined;
  let finish: string | undefined;
  try {
    const body = await open(completion, client, dialect, connection.signal);
    for await (const data of readEventData(body)) {
      if (data === '[DONE]') {
        // Read to the end, the connection serves the next request.
        patience.renew(leaveMs);
        continue;
      }
      const chunk = readCompletionChunk(data);
      usage = chunk.usage ?? usage;
      finish = chunk.finish ?? finish;
      if (chunk.isThought) patience.renew(tokenTimeoutMs);
      if (chunk.text === '') continue;
      patience.pause();
      written += countTokens(chunk.text);
      yield { type: 'delta', text: chunk.text };
      if (written > maxTokens) {
        finish = 'length';
        break;
      }
      patience.renew(tokenTimeoutMs);
    }
    if (finish === undefined) throw new Error('The stream ended without a finish_reason.');
    if (finish === 'content_filter') throw heldBack();
  } catch (error) {
    if (stop.aborted) throw fail('SERVER_NOT_READY', 'The language model is closed: the server stops.');
    throwIfEnded(context);
    // What follows the finish may be missing: the answer is whole.
    if (finish === undefined || error instanceof UpstreamFailure)
      throw patience.isOver
        ? timeoutFailure(upstream, `wrote nothing for ${patience.grantedMs} ms`)
        : toUpstreamFailure(error, upstream);
  } finally {
    patience.pause();
    for (const end of ends) end.removeEventListener('abort', close);
    close();
  }
  yield {
    type: 'end',
    reason: finish === 'length' ? 'length' : 'stop',
    usage: usage ?? { promptTokens: promptTokens(completion), completionTokens: written },
  };
}

/** How long a server may write nothing. */
class Patience {
  isOver = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    public grantedMs: number,
    private readonly onOver: () => void,
  ) {
    this.renew(grantedMs);
  }

  renew(ms: number): void {
    this.pause();
    this.grantedMs = ms;
    this.timer = setTimeout(() => {
      this.isOver = true;
      this.onOver();
    }, ms);
  }

  pause(): void {
    clearTimeout(this.timer);
  }
}

async function open(
  completion: Completion,
  client: OpenAI,
  dialect: ChatDialect,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  for (;;) {
    const spoken = dialect.say(completion);
    try {
      const { body } = await client.chat.completions.create(spoken, { signal }).asResponse();
      if (body === null) throw new Error('The answer has no body.');
      return body;
    } catch (error) {
      if (!dialect.learn(error, spoken)) throw error;
    }
  }
}

function heldBack(): UpstreamFailure {
  const detail = 'The language model server held its answer back (content filter); ask in other words.';
  return new UpstreamFailure(fail('MODEL_UPSTREAM_FAILED', detail), false, false);
}

function promptTokens({ messages }: Completion): number {
  return messages.reduce((tokens, { content }) => tokens + (typeof content === 'string' ? countTokens(content) : 0), 0);
}
