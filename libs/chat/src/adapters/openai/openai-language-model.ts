import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import OpenAI from 'openai';

import { endedError, remainingMs, throwIfEnded, untilEnded, type CallContext } from '@acervo/kernel';
import { boundedFetch, toUpstreamFailure, UpstreamFailure, type UpstreamDescription } from '@acervo/openai';
import { fail } from '@acervo/problem';

import {
  LanguageModel,
  type GenerateRequest,
  type LanguageModelCapabilities,
  type ModelEvent,
} from '../../language-model';

import { ChatDialect, type Completion } from './chat-dialect';
import { toChatPrompt } from './chat-prompt';
import { streamCompletion } from './completion-stream';
import { countTokens } from './count-tokens';
import { ModelSlots } from './model-slots';

export interface OpenAiLanguageModelOptions {
  /** Any string for servers that need no key. */
  readonly apiKey: string;
  /** Any OpenAI-compatible server, path included, such as `http://127.0.0.1:8080/v1`; default: OpenAI. */
  readonly baseUrl?: string;
  /** Default `gpt-3.5-turbo`. */
  readonly model?: string;
  /** Tokens of prompt and answer together; default 16,000. */
  readonly contextTokens?: number;
  /** Answers written at once; further requests wait in line. Default 16 and 64. */
  readonly maxParallelRequests?: number;
  readonly maxWaitingRequests?: number;
  /** To the first token of an attempt; the caller's deadline bounds all attempts together. Default 20,000. */
  readonly firstTokenTimeoutMs?: number;
  /** Between two tokens. Default 10,000. */
  readonly tokenTimeoutMs?: number;
  /** Before the first token; what broke off later is not repeated. Default 3. */
  readonly maxAttempts?: number;
  /** Of the first pause between attempts; doubles, with full jitter. A `Retry-After` of the server goes first. */
  readonly backoffMs?: number;
  /** After this many failures in a row before a first token the server is left alone for `breakerPauseMs`. */
  readonly breakerFailures?: number;
  readonly breakerPauseMs?: number;
}

const maxAnswerBytes = 8 * 1024 * 1024;
const maxBackoffMs = 5_000;
/** An answer this recent shows that the server is well, without asking it again. */
const healthyForMs = 60_000;

/**
 * Chat Completions of any OpenAI-compatible server, always streamed. An answer without a `finish_reason` broke off and
 * is an error. One that goes on beyond twice its `maxTokens` (a server that does not know the field) is ended as `length`.
 */
export class OpenAiLanguageModel extends LanguageModel {
  readonly capabilities: LanguageModelCapabilities;
  private readonly options: Required<Omit<OpenAiLanguageModelOptions, 'baseUrl'>>;
  private readonly client: OpenAI;
  private readonly upstream: UpstreamDescription;
  private readonly slots: ModelSlots;
  private readonly dialect = new ChatDialect();
  private readonly breaker;
  private readonly stop = new AbortController();
  private pausedUntilMs = 0;
  private succeededAtMs = -Infinity;

  constructor({ baseUrl, ...options }: OpenAiLanguageModelOptions) {
    super();
    this.options = {
      model: 'gpt-3.5-turbo',
      contextTokens: 16_000,
      maxParallelRequests: 16,
      maxWaitingRequests: 64,
      firstTokenTimeoutMs: 20_000,
      tokenTimeoutMs: 10_000,
      maxAttempts: 3,
      backoffMs: 250,
      breakerFailures: 5,
      breakerPauseMs: 5_000,
      ...options,
    };
    const { apiKey, model, contextTokens } = this.options;
    this.capabilities = { model, contextTokens, followsInstructions: true };
    this.upstream = {
      name: 'The language model server',
      failed: 'MODEL_UPSTREAM_FAILED',
      timedOut: 'MODEL_UPSTREAM_TIMEOUT',
      overloaded: 'MODEL_OVERLOADED',
      badRequestRemedy: 'Check LLM_MODEL and LLM_MAX_TOKENS.',
      secret: apiKey,
    };
    this.client = new OpenAI({
      apiKey,
      baseURL: baseUrl ?? 'https://api.openai.com/v1',
      maxRetries: 0,
      timeout: this.options.firstTokenTimeoutMs,
      fetch: boundedFetch(maxAnswerBytes),
      logLevel: 'off',
    });
    // One for each answer that is written.
    setMaxListeners(0, this.stop.signal);
    this.slots = new ModelSlots({
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

  override async *generate(request: GenerateRequest, context: CallContext): AsyncGenerator<ModelEvent> {
    this.throwIfClosed();
    const free = await this.slots.take(context);
    try {
      yield* this.attempts(request, context);
    } finally {
      free();
    }
  }

  override countTokens(text: string): number {
    return countTokens(text);
  }

  override isDeterministic(temperature: number): boolean {
    return temperature === 0;
  }

  /** Asks the server for its models unless it gave an answer within the last minute. */
  override async checkHealth(context: CallContext): Promise<void> {
    this.throwIfClosed();
    throwIfEnded(context);
    if (performance.now() - this.succeededAtMs < healthyForMs) return;
    try {
      await untilEnded(this.client.models.list({ signal: context.signal }), context);
    } catch (error) {
      throwIfEnded(context);
      // It is there: a list of models is more than some servers have.
      if (error instanceof OpenAI.NotFoundError) return;
      throw toUpstreamFailure(error, this.upstream).error;
    }
    this.succeededAtMs = performance.now();
  }

  override async close(): Promise<void> {
    this.stop.abort();
    await Promise.resolve();
  }

  private async *attempts(request: GenerateRequest, context: CallContext): AsyncGenerator<ModelEvent> {
    const { temperature, maxTokens, format } = request;
    const { model } = this.options;
    const completion = { model, messages: toChatPrompt(request), temperature, maxTokens, isJson: format === 'json' };
    for (let attempt = 1; ; attempt++) {
      await this.pause(this.pausedUntilMs - performance.now(), context);
      let isBegun = false;
      try {
        for await (const event of this.attempt(completion, context)) {
          isBegun = true;
          yield event;
        }
        return;
      } catch (error) {
        if (!(error instanceof UpstreamFailure)) throw error;
        if (error.retryAfterMs !== undefined) this.pausedUntilMs = performance.now() + error.retryAfterMs;
        const pauseMs = error.retryAfterMs ?? this.backoffMs(attempt);
        const isLast = isBegun || attempt >= this.options.maxAttempts || pauseMs >= remainingMs(context);
        if (!error.isRetryable || isLast) throw error.error;
        await this.pause(pauseMs, context);
      }
    }
  }

  /** The breaker judges by the first event: later ones come from a server that is there. */
  private async *attempt(completion: Completion, context: CallContext): AsyncGenerator<ModelEvent> {
    const { client, dialect, upstream, stop } = this;
    const { firstTokenTimeoutMs, tokenTimeoutMs } = this.options;
    const options = { client, dialect, upstream, firstTokenTimeoutMs, tokenTimeoutMs, stop: stop.signal };
    const events = streamCompletion(completion, options, context);
    try {
      const first = await untilEnded(
        this.breaker.execute(async () => await events.next()),
        context,
      );
      if (first.done === true) return;
      yield first.value;
      yield* events;
      this.succeededAtMs = performance.now();
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      const { breakerFailures, breakerPauseMs } = this.options;
      throw fail(
        'MODEL_UPSTREAM_FAILED',
        `The language model server failed ${breakerFailures} times in a row and is left alone for a moment.`,
        { retryAfterSeconds: Math.ceil(breakerPauseMs / 1000) },
      );
    } finally {
      await events.return(undefined);
    }
  }

  private backoffMs(attempt: number): number {
    return Math.random() * Math.min(maxBackoffMs, this.options.backoffMs * 2 ** (attempt - 1));
  }

  private async pause(ms: number, context: CallContext): Promise<void> {
    if (ms <= 0) return;
    if (ms >= remainingMs(context)) {
      const retryAfterSeconds = Math.ceil(ms / 1000);
      const detail = 'The language model server asked to be left alone for a moment; retry later.';
      throw fail('MODEL_OVERLOADED', detail, { retryAfterSeconds });
    }
    try {
      await sleep(ms, undefined, { signal: AbortSignal.any([context.signal, this.stop.signal]) });
    } catch {
      this.throwIfClosed();
      throw endedError(context);
    }
  }

  private throwIfClosed(): void {
    if (this.stop.signal.aborted) throw fail('SERVER_NOT_READY', 'The language model is closed: the server stops.');
  }
}

/** A language model behind Chat Completions. Nothing is sent before the first call. */
export function createOpenAiLanguageModel(options: OpenAiLanguageModelOptions): OpenAiLanguageModel {
  return new OpenAiLanguageModel(options);
}
