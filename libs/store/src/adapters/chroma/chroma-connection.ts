import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import type * as chroma from 'chromadb' with { 'resolution-mode': 'import' };

import { endedError, throwIfEnded, untilEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { traceHeaders } from '@acervo/tracing';

import { RequestSlots } from './request-slots';

export interface ChromaConnectionOptions {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly tenant: string;
  readonly database: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One request may take so long at most; a page of upserts three times that. */
  readonly requestTimeoutMs: number;
  readonly maxParallelRequests: number;
  readonly maxWaitingRequests: number;
  /** After this many failures in a row Chroma is left alone for `breakerPauseMs`. */
  readonly breakerFailures: number;
  readonly breakerPauseMs: number;
}

/**
 * Requests to a Chroma server, each with a deadline and the caller's abort signal, behind a breaker.
 * Errors: VECTOR_INDEX_UNAVAILABLE (no connection, refused, 5xx, too slow, breaker open, unknown collection: retryable),
 * VECTOR_INDEX_MISMATCH (vectors of another size), SERVER_OVERLOADED (too many requests wait), those of the context.
 */
export class ChromaConnection {
  private readonly breaker;
  private readonly slots;
  private readonly stop = new AbortController();
  /** Loaded with the first request, for most installations never ask for it. */
  private library: Promise<typeof chroma> | undefined;
  private batchSize: number | undefined;

  constructor(private readonly options: ChromaConnectionOptions) {
    this.slots = new RequestSlots(options.maxParallelRequests, options.maxWaitingRequests);
    this.breaker = circuitBreaker(handleWhen(isOutage), {
      halfOpenAfter: options.breakerPauseMs,
      breaker: new ConsecutiveBreaker(options.breakerFailures),
    });
  }

  /** `ask` gets a client whose requests end with the call. */
  async request<T>(
    context: CallContext,
    ask: (client: chroma.ChromaClient) => Promise<T>,
    timeoutMs: number = this.options.requestTimeoutMs,
  ): Promise<T> {
    throwIfEnded(context);
    if (this.stop.signal.aborted) throw fail('SERVER_NOT_READY', 'The vector index is closed: the server stops.');
    try {
      return await untilEnded(
        this.slots.run(context, async () => {
          throwIfEnded(context);
          const timeout = AbortSignal.timeout(timeoutMs);
          const client = await this.client(AbortSignal.any([context.signal, this.stop.signal, timeout]));
          return await this.breaker.execute(async () => {
            try {
              return await ask(client);
            } catch (error) {
              throw context.signal.aborted ? endedError(context) : error;
            }
          });
        }),
        context,
      );
    } catch (error) {
      throw this.translate(error);
    }
  }

  /** Most records that one request may hold, as the server says; asked once. */
  async maxBatchSize(context: CallContext): Promise<number> {
    return (this.batchSize ??= await this.request(context, async (client) => client.getMaxBatchSize()));
  }

  /** A request about records of the collection with Chroma's id `id`. */
  async records<T>(
    id: string,
    context: CallContext,
    ask: (records: chroma.Collection) => Promise<T>,
    timeoutMs?: number,
  ): Promise<T> {
    return await this.request(context, async (client) => ask(client.collection(id)), timeoutMs);
  }

  /** Ends what is under way. */
  close(): void {
    this.stop.abort();
  }

  private async client(signal: AbortSignal): Promise<chroma.ChromaClient> {
    this.library ??= import('chromadb');
    const { ChromaClient } = await this.library;
    const { protocol, hostname, port } = new URL(this.options.url);
    const isSecure = protocol === 'https:';
    const { tenant, database, headers } = this.options;
    return new ChromaClient({
      host: hostname,
      port: port === '' ? (isSecure ? 443 : 80) : Number(port),
      ssl: isSecure,
      tenant,
      database,
      headers: { ...headers, ...traceHeaders() },
      fetchOptions: { signal },
    });
  }

  private translate(error: unknown): unknown {
    if (error instanceof BrokenCircuitError)
      return fail('VECTOR_INDEX_UNAVAILABLE', 'Chroma failed several times in a row and is left alone for a moment.', {
        retryAfterSeconds: Math.ceil(this.options.breakerPauseMs / 1000),
      });
    if (!(error instanceof Error)) return error;
    if (error.name === 'ChromaNotFoundError') return new CollectionGoneError(error);
    if (error.name === 'ChromaClientError')
      return error.message.includes('dimension')
        ? fail('VECTOR_INDEX_MISMATCH', 'Chroma holds vectors of another size: run `acervo reindex`.', {}, error)
        : fail('VECTOR_INDEX_UNAVAILABLE', `Chroma refused the request: ${error.message}`, {}, error);
    if (/^Chroma(Auth|Forbidden)Error$/.test(error.name))
      return fail('VECTOR_INDEX_UNAVAILABLE', 'Chroma refused the credentials: check its token and tenant.', {}, error);
    if (!isOutage(error)) return error;
    return fail(
      'VECTOR_INDEX_UNAVAILABLE',
      'Chroma does not answer: check CHROMA_URL and that the server runs.',
      {},
      error,
    );
  }
}

/** Chroma does not know the collection's id (any more). */
export class CollectionGoneError extends Error {
  override readonly name = 'CollectionGoneError';

  constructor(cause: unknown) {
    super('Chroma does not hold this collection any more.', { cause });
  }
}

/** By name: the classes come with the library, which may not be loaded. */
function isOutage(error: unknown): boolean {
  return error instanceof Error && outages.has(error.name);
}

const outages = new Set([
  ...['ChromaConnectionError', 'ChromaServerError', 'ChromaRateLimitError'],
  // The client reads bodies outside of its own error handling: cut connections and bodies that are not JSON.
  ...['AbortError', 'TimeoutError', 'SyntaxError', 'TypeError'],
]);
