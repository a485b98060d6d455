/** Requests to the server that this page comes from. */
import { readEvents, type ServerEvent } from './events';
import { askForKey, keyHeader } from './key';
import { ProblemError, readProblem } from './problem';
import type {
  AcceptedDocument,
  Collection,
  ConversationSummary,
  ConversationWithMessages,
  DocumentPage,
  DocumentWithText,
  Job,
  Metrics,
  SearchAnswer,
  SearchRequest,
} from './wire';

interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal | undefined;
}

/** Asks for a key and tries again where one is needed. Errors: ProblemError, AbortError, TypeError without a network. */
async function send(path: string, { method = 'GET', body, headers = {}, signal }: Call = {}): Promise<Response> {
  for (;;) {
    const response = await fetch(path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
        ...keyHeader(),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    if (response.status === 401 && (await askForKey())) continue;
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

async function problemOf(response: Response): Promise<ProblemError> {
  const problem = readProblem(response.status, await response.text(), response.headers.get('X-Request-Id'));
  const wait = Number(response.headers.get('Retry-After') ?? NaN);
  return new ProblemError(Number.isFinite(wait) ? { ...problem, retryAfterSeconds: wait } : problem);
}

async function json<T>(path: string, call?: Call): Promise<T> {
  return (await (await send(path, call)).json()) as T;
}

/** What the headers of an answer tell about it. */
export interface AnswerHeaders {
  readonly serverTiming: string;
  readonly cacheStatus: string;
  readonly requestId: string;
}

export async function search(
  request: SearchRequest,
  signal: AbortSignal,
): Promise<{ readonly answer: SearchAnswer; readonly headers: AnswerHeaders }> {
  const response = await send('/search', { method: 'POST', body: request, signal });
  const answer = (await response.json()) as SearchAnswer;
  const header = (name: string): string => response.headers.get(name) ?? '';
  return {
    answer,
    headers: {
      serverTiming: header('Server-Timing'),
      cacheStatus: header('Cache-Status'),
      requestId: header('X-Request-Id'),
    },
  };
}

/** The events of a chat or of a research. A problem after the first event is thrown like one before. */
export async function* stream(
  path: '/chat' | '/research',
  body: object,
  signal: AbortSignal,
): AsyncGenerator<{ readonly type: string; readonly data: unknown }> {
  const response = await send(path, {
    method: 'POST',
    body: { ...body, stream: true },
    headers: { Accept: 'text/event-stream' },
    signal,
  });
  yield* eventsOf(response);
}

/** A job after each of its changes, until it ends. */
export async function* followJob(id: string, signal: AbortSignal): AsyncGenerator<Job> {
  const response = await send(`/jobs/${encodeURIComponent(id)}/events`, {
    headers: { Accept: 'text/event-stream' },
    signal,
  });
  for await (const { type, data } of eventsOf(response)) if (type === 'job') yield data as Job;
}

async function* eventsOf(response: Response): AsyncGenerator<{ readonly type: string; readonly data: unknown }> {
  if (response.body === null) return;
  for await (const event of readEvents(response.body)) {
    if (event.type === 'error') throw new ProblemError(readProblem(0, event.data, null));
    yield { type: event.type, data: parse(event) };
  }
}

function parse({ data }: ServerEvent): unknown {
  return JSON.parse(data);
}

export async function listCollections(signal?: AbortSignal): Promise<Collection[]> {
  return (await json<{ collections: Collection[] }>('/collections', { signal })).collections;
}

export async function createCollection(name: string): Promise<Collection> {
  return await json<Collection>('/collections', { method: 'POST', body: { name } });
}

export async function listDocuments(
  { collection, cursor, limit }: { collection?: string; cursor?: string; limit: number },
  signal?: AbortSignal,
): Promise<DocumentPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (collection !== undefined) query.set('collection', collection);
  if (cursor !== undefined) query.set('cursor', cursor);
  return await json<DocumentPage>(`/documents?${query.toString()}`, { signal });
}

export async function getDocument(
  { id, collection }: { id: string; collection?: string | undefined },
  signal?: AbortSignal,
): Promise<DocumentWithText> {
  return await json<DocumentWithText>(documentPath(id, collection), { signal });
}

export async function deleteDocument(id: string, collection: string): Promise<void> {
  await send(documentPath(id, collection), { method: 'DELETE' });
}

function documentPath(id: string, collection: string | undefined): string {
  const query = collection === undefined ? '' : `?${new URLSearchParams({ collection }).toString()}`;
  return `/documents/${encodeURIComponent(id)}${query}`;
}

export async function addText(body: object): Promise<AcceptedDocument> {
  return await json<AcceptedDocument>('/documents', { method: 'POST', body });
}

export async function cancelJob(id: string): Promise<void> {
  await send(`/jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export async function listConversations(signal?: AbortSignal): Promise<ConversationSummary[]> {
  const page = await json<{ conversations: ConversationSummary[] }>('/conversations?limit=30', { signal });
  return page.conversations;
}

export async function getConversation(id: string, signal?: AbortSignal): Promise<ConversationWithMessages> {
  return await json<ConversationWithMessages>(`/conversations/${encodeURIComponent(id)}`, { signal });
}

export async function deleteConversation(id: string): Promise<void> {
  await send(`/conversations/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export async function getMetrics(signal: AbortSignal): Promise<Metrics> {
  return await json<Metrics>('/metrics', { signal });
}
