/**
 * A real HTTP server on a free port that answers by routes, and misbehaves by script: each scripted reply is used for
 * one request, in order; after that (and without a script) requests are answered well.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

/** An answer that comes in parts, each one write of its own. */
export interface StreamedAnswer {
  readonly contentType: string;
  readonly parts: readonly string[];
  /** Before the first part, and between two. Default 0: at once. */
  readonly firstMs?: number;
  readonly everyMs?: number;
}

export type ScriptedReply =
  /** The route's own answer, changed. */
  | { readonly kind: 'answer'; readonly change?: (answer: never) => unknown }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** 200 with exactly these bytes, whatever they are. */
  | { readonly kind: 'raw'; readonly body: string; readonly contentType?: string }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Sends the headers and then one part of the answer every `everyMs`; of an answer in one part, one character. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Sends half of the answer (or as much as `bytes` says), in the middle of a part, and drops the connection. */
  | { readonly kind: 'cut'; readonly bytes?: number }
  /** Sends that many parts of the answer and then nothing more. */
  | { readonly kind: 'stall'; readonly parts: number }
  /** Sends the first part and then the second one again and again, as fast as the client reads; never ends. */
  | { readonly kind: 'flood' };

export interface RecordedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** Resolves when the exchange is over: `aborted` when the client went away before the end of the answer. */
  readonly outcome: Promise<'answered' | 'aborted'>;
  /** On the clock of `performance.now()`. */
  readonly arrivedAtMs: number;
  /** When the exchange was over. */
  readonly closedAtMs: Promise<number>;
}

/** A body to be answered as JSON, or a `StreamedAnswer`; throwing gives 400 with the message. */
export type Route = (body: unknown, request: IncomingMessage) => unknown;

export interface ScriptedServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly origin: string;
  readonly requests: readonly RecordedRequest[];
  /** Adds replies for the next requests. */
  script(...replies: ScriptedReply[]): void;
  /** Resolves with the nth request (from 1) as soon as it has arrived. */
  received(nth: number): Promise<RecordedRequest>;
  /** Of clients, idle ones included. */
  openConnections(): Promise<number>;
  close(): Promise<void>;
}

export async function startScriptedServer(
  routes: Readonly<Record<string, Route>>,
  replies: readonly ScriptedReply[] = [],
): Promise<ScriptedServer> {
  const pending = [...replies];
  const requests: RecordedRequest[] = [];
  const arrivals = new Set<() => void>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    const closedAtMs = once(response, 'close').then(() => performance.now());
    const outcome = closedAtMs.then(() => (response.writableFinished ? 'answered' : 'aborted'));
    const arrivedAtMs = performance.now();
    const body = parse(await readText(request));
    requests.push({ path, headers: request.headers, body, outcome, arrivedAtMs, closedAtMs });
    for (const notify of arrivals) notify();
    const route = routes[path.split('?')[0] ?? path];
    if (route === undefined) {
      sendJson(response, 404, { error: { message: `No route ${path}.`, type: 'invalid_request_error' } });
      return;
    }
    const reply = pending.shift() ?? { kind: 'answer' };
    let content: unknown;
    try {
      content = route(body, request);
    } catch (error) {
      sendJson(response, 400, { error: { message: String(error), type: 'invalid_request_error' } });
      return;
    }
    perform(reply, content, response);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    script: (...more) => {
      pending.push(...more);
    },
    received: async (nth) =>
      await new Promise((resolve) => {
        const look = (): void => {
          const request = requests[nth - 1];
          if (request === undefined) return;
          arrivals.delete(look);
          resolve(request);
        };
        arrivals.add(look);
        look();
      }),
    openConnections: async () =>
      await new Promise((resolve, reject) => {
        server.getConnections((error, count) => {
          if (error === null) resolve(count);
          else reject(error);
        });
      }),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function perform(reply: ScriptedReply, content: unknown, response: ServerResponse): void {
  switch (reply.kind) {
    case 'answer':
      send(response, toParts(reply.change === undefined ? content : reply.change(content as never)));
      return;
    case 'status':
      sendJson(response, reply.status, reply.body ?? { error: { message: 'scripted' } }, reply.headers);
      return;
    case 'raw':
      response.writeHead(200, { 'content-type': reply.contentType ?? 'application/json' }).end(reply.body);
      return;
    case 'hang':
      return;
    case 'drip': {
      const { contentType, parts } = toParts(content);
      const everyMs = reply.everyMs;
      send(response, {
        contentType,
        parts: parts.length === 1 ? ((parts[0] ?? '').match(/./gsu) ?? []) : parts,
        firstMs: 1,
        everyMs,
      });
      return;
    }
    case 'cut': {
      const { contentType, parts } = toParts(content);
      const bytes = Buffer.from(parts.join(''));
      response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.length });
      response.write(bytes.subarray(0, reply.bytes ?? bytes.length / 2), () => response.destroy());
      return;
    }
    case 'stall': {
      const { contentType, parts } = toParts(content);
      response.writeHead(200, { 'content-type': contentType }).flushHeaders();
      for (const part of parts.slice(0, reply.parts)) response.write(part);
      return;
    }
    case 'flood':
      flood(response, toParts(content));
  }
}

function toParts(content: unknown): StreamedAnswer {
  const isStreamed = typeof content === 'object' && content !== null && 'parts' in content && 'contentType' in content;
  if (isStreamed) return content as StreamedAnswer;
  return { contentType: 'application/json', parts: [JSON.stringify(content)] };
}

function send(response: ServerResponse, { contentType, parts, firstMs = 0, everyMs = 0 }: StreamedAnswer): void {
  response.writeHead(200, { 'content-type': contentType });
  if (parts.length > 1) response.flushHeaders();
  let at = 0;
  let timer: NodeJS.Timeout | undefined;
  const writeOn = (): void => {
    for (;;) {
      const part = parts[at++];
      if (part === undefined) {
        response.end();
        return;
      }
      response.write(part);
      if (everyMs === 0) continue;
      timer = setTimeout(writeOn, everyMs);
      return;
    }
  };
  response.on('close', () => {
    clearTimeout(timer);
  });
  if (firstMs === 0) writeOn();
  else timer = setTimeout(writeOn, firstMs);
}

function flood(response: ServerResponse, { contentType, parts }: StreamedAnswer): void {
  const [first = '', again = ' '] = parts;
  response.writeHead(200, { 'content-type': contentType }).write(first);
  const writeOn = (): void => {
    while (!response.destroyed && response.write(again));
  };
  response.on('drain', writeOn);
  writeOn();
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function parse(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
