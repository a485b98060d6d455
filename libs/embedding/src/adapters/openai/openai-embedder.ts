import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import OpenAI from 'openai';

import { callContext, endedError, remainingMs, throwIfEnded, untilEnded, type CallContext } from '@acervo/kernel';
import {
  boundedFetch,
  timeoutFailure,
  toUpstreamFailure,
  UpstreamFailure,
  type UpstreamDescription,
} from '@acervo/openai';
import { fail } from '@acervo/problem';

import { Embedder, type EmbedderCapabilities, type EmbeddingProfile, type TextKind } from '../../embedder';

import { readEmbeddingAnswer } from './embedding-answer';
import { RequestSlots } from './request-slots';

export interface OpenAiEmbedderOptions {
  /** Any string for servers that need no key. */
  readonly apiKey: string;
  /** Any OpenAI-compatible server, path included, such as `http://127.0.0.1:8080/v1`; default: OpenAI. */
  readonly baseUrl?: string;
  /** Default `text-embedding-ada-002`. */
  readonly model?: string;
  /** Of the model's vectors; default 1536. Other answers are refused. */
  readonly dimensions?: number;
  /** Tokens the model reads; default 8,191. Texts are cut at three UTF-8 bytes a token, a little less than prose has. */
  readonly maxTokens?: number;
  /** Texts per request: `fast` 100, `balanced` 50, `quality` 20. Default `balanced`. */
  readonly profile?: EmbeddingProfile;
  readonly maxParallelRequests?: number;
  readonly maxWaitingRequests?: number;
  /** Of one attempt, to the last byte; the caller's deadline bounds all attempts together. Default 20,000. */
  readonly attemptTimeoutMs?: number;
  readonly maxAttempts?: number;
  /** Of the first pause between attempts; doubles, with full jitter. A `Retry-After` of the server goes first. */
  readonly backoffMs?: number;
  /** After this many failures in a row the server is left alone for `breakerPauseMs`. */
  readonly breakerFailures?: number;
  readonly breakerPauseMs?: number;
}

const BYTES_PER_TOKEN = 3;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const MAX_BACKOFF_MS = 5_000;
/** A success this recent shows that the server is well, without asking it again. */
const HEALTHY_FOR_MS = 60_000;
const maxBatchItems: Record<EmbeddingProfile, number> = { fast: 100, balanced: 50, quality: 20 };

/** Vectors of an OpenAI-compatible server. One call is one request; queries and passages are embedded alike. */
export class OpenAiEmbedder extends Embedder {
  readonly capabilities: EmbedderCapabilities;
  private readonly options: Required<Omit<OpenAiEmbedderOptions, 'baseUrl' | 'profile'>>;
  private readonly client: OpenAI;
  private readonly upstream: UpstreamDescription;
  private readonly slots: RequestSlots;
  private readonly breaker;
  private readonly stop = new AbortController();
  private pausedUntilMs = 0;
  private succeededAtMs = -Infinity;

  constructor({ baseUrl, profile = 'balanced', ...options }: OpenAiEmbedderOptions) {
    super();
    this.options = {
      model: 'text-embedding-ada-002',
      dimensions: 1536,
      maxTokens: 8191,
      maxParallelRequests: 8,
      maxWaitingRequests: 256,
      attemptTimeoutMs: 20_000,
      maxAttempts: 4,
      backoffMs: 250,
      breakerFailures: 5,
      breakerPauseMs: 5_000,
      ...options,
    };
    const { model, dimensions, maxTokens } = this.options;
    this.capabilities = {
      model: `openai/${model}/${dimensions}`,
      dimensions,
      maxTokens,
      maxBatchItems: maxBatchItems[profile],
    };
    this.upstream = {
      name: 'The embedding server',
      failed: 'EMBEDDING_UPSTREAM_FAILED',
      timedOut: 'EMBEDDING_UPSTREAM_TIMEOUT',
      overloaded: 'EMBEDDING_UPSTREAM_FAILED',
      badRequestRemedy: 'Check the model name and the length of the texts.',
      secret: this.options.apiKey,
    };
    this.client = new OpenAI({
      apiKey: this.options.apiKey,
      baseURL: baseUrl ?? 'https://api.openai.com/v1',
      maxRetries: 0,
      timeout: this.options.attemptTimeoutMs,
      fetch: boundedFetch(MAX_ANSWER_BYTES),
      logLevel: 'off',
    });
    this.slots = new RequestSlots({
      parallel: this.options.maxParallelRequests,
      maxWaiting: this.options.maxWaitingRequests,
    });
    this.breaker = circuitBreaker(
      handleWhen((error) => error instanceof UpstreamFailure && error.isOutage),
      {
        halfOpenAfter: this.options.breakerPauseMs,
        breaker: new ConsecutiveBreaker(this.options.breakerFailures),
      },
    );
  }

  override async embedBatch(texts: readonly string[], kind: TextKind, context: CallContext): Promise<Float32Array> {
    const { maxBatchItems } = this.capabilities;
    if (texts.length > maxBatchItems)
      throw new RangeError(`At most ${maxBatchItems} texts a call, not ${texts.length}.`);
    this.throwIfClosed();
    throwIfEnded(context);
    if (texts.length === 0) return new Float32Array(0);
    const input = texts.map((text) => cut(text, this.capabilities.maxTokens * BYTES_PER_TOKEN));
    for (let attempt = 1; ; attempt++) {
      await this.pause(this.pausedUntilMs - performance.now(), context);
      try {
        return await this.slots.run(kind, context, async () => await this.guarded(input, context));
      } catch (error) {
        if (!(error instanceof UpstreamFailure)) throw error;
        if (error.retryAfterMs !== undefined) this.pausedUntilMs = performance.now() + error.retryAfterMs;
        const pauseMs = error.retryAfterMs ?? this.backoffMs(attempt);
        const isLast = attempt >= this.options.maxAttempts || pauseMs >= remainingMs(context);
        if (!error.isRetryable || isLast) throw error.error;
        await this.pause(pauseMs, context);
      }
    }
  }

  /** Asks the server for one vector unless it gave one within the last minute. */
  override async checkHealth(context: CallContext): Promise<void> {
    if (performance.now() - this.succeededAtMs < HEALTHY_FOR_MS && !this.stop.signal.aborted) return;
    await this.embedBatch(['ok'], 'query', context);
  }

  override async close(): Promise<void> {
    this.stop.abort();
    await Promise.resolve();
  }

  private async guarded(input: readonly string[], context: CallContext): Promise<Float32Array> {
    try {
      return await untilEnded(
        this.breaker.execute(async () => await this.attempt(input, context)),
        context,
      );
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      const retryAfterSeconds = Math.ceil(this.options.breakerPauseMs / 1000);
      throw fail(
        'EMBEDDING_UPSTREAM_FAILED',
        `The embedding server failed ${this.options.breakerFailures} times in a row and is left alone for a moment.`,
        { retryAfterSeconds },
      );
    }
  }

  private async attempt(input: readonly string[], context: CallContext): Promise<Float32Array> {
    const { model, dimensions, attemptTimeoutMs } = this.options;
    const { signal } = callContext(attemptTimeoutMs, AbortSignal.any([context.signal, this.stop.signal]));
    try {
      const answer = await this.client.embeddings.create(
        {
          model,
          input: [...input],
          encoding_format: 'float',
          // Only this family can shorten its vectors; older and foreign servers refuse the field.
          ...(model.startsWith('text-embedding-3') ? { dimensions } : {}),
        },
        { signal },
      );
      const vectors = readEmbeddingAnswer(answer, input.length, dimensions);
      this.succeededAtMs = performance.now();
      return vectors;
    } catch (error) {
      this.throwIfClosed();
      throwIfEnded(context);
      if (signal.aborted) throw timeoutFailure(this.upstream, `gave no whole answer within ${attemptTimeoutMs} ms`);
      throw toUpstreamFailure(error, this.upstream);
    }
  }

  private backoffMs(attempt: number): number {
    return Math.random() * Math.min(MAX_BACKOFF_MS, this.options.backoffMs * 2 ** (attempt - 1));
  }

  private async pause(ms: number, context: CallContext): Promise<void> {
    if (ms <= 0) return;
    if (ms >= remainingMs(context)) {
      throw fail(
        'EMBEDDING_UPSTREAM_FAILED',
        'The embedding server asked to be left alone for a moment; retry later.',
        {
          retryAfterSeconds: Math.ceil(ms / 1000),
        },
      );
    }
    try {
      await sleep(ms, undefined, { signal: AbortSignal.any([context.signal, this.stop.signal]) });
    } catch {
      this.throwIfClosed();
      throw endedError(context);
    }
  }

  private throwIfClosed(): void {
    if (this.stop.signal.aborted) throw fail('SERVER_NOT_READY', 'The embedder is closed: the server stops.');
  }
}

/** An embedder on an OpenAI-compatible server. Nothing is sent before the first call. */
export function createOpenAiEmbedder(options: OpenAiEmbedderOptions): OpenAiEmbedder {
  return new OpenAiEmbedder(options);
}

/** The longest prefix of at most `maxBytes` in UTF-8, whole characters; a blank for nothing, which servers refuse. */
function cut(text: string, maxBytes: number): string {
  if (text === '') return ' ';
  if (text.length * 3 <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
