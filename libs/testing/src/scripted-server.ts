/**
 * A real HTTP server on a free port that answers by routes, and misbehaves by script: each scripted reply is used for
 * one request, in order; after that (and without a script) requests are answered well.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

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
  /** Sends the headers and then one byte of the answer every `everyMs`. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Sends half of the answer and drops the connection. */
  | { readonly kind: 'cut' };

export interface RecordedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** Resolves when the exchange is over: `aborted` when the client went away before the end of the answer. */
  readonly outcome: Promise<'answered' | 'aborted'>;
}

/** A body to be answered as JSON; throwing gives 400 with the message. */
export type Route = (body: unknown, request: IncomingMessage) => unknown;

export interface ScriptedServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly origin: string;
  readonly requests: readonly RecordedRequest[];
  /** Adds replies for the next requests. */
  script(...replies: ScriptedReply[]): void;
  /** Resolves with the nth request (from 1) as soon as it has arrived. */
  received(nth: number): Promise<RecordedRequest>;
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
    const outcome = new Promise<'answered' | 'aborted'>((resolve) => {
      response.on('close', () => {
        resolve(response.writableFinished ? 'answered' : 'aborted');
      });
    });
    const body = parse(await readText(request));
    requests.push({ path, headers: request.headers, body, outcome });
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
      sendJson(response, 200, reply.change === undefined ? content : reply.change(content as never));
      return;
    case 'status':
      sendJson(response, reply.status, reply.body ?? { error: { message: 'scripted' } }, reply.headers);
      return;
    case 'raw':
      response.writeHead(200, { 'content-type': reply.contentType ?? 'application/json' }).end(reply.body);
      return;
    case 'hang':
      return;
    case 'drip':
      drip(response, JSON.stringify(content), reply.everyMs);
      return;
    case 'cut': {
      const json = JSON.stringify(content);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
      response.write(json.slice(0, json.length / 2), () => response.destroy());
    }
  }
}

function drip(response: ServerResponse, json: string, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  let at = 0;
  const timer = setInterval(() => {
    if (at < json.length) response.write(json.charAt(at++));
    else response.end();
  }, everyMs);
  response.on('close', () => {
    clearInterval(timer);
  });
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
