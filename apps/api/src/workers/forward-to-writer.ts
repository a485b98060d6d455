/**
 * In a follower: hands requests that change something to the writer and its answer to the client, as they come. Keys,
 * limits and validation are the writer's: the request passes no guard here. When either side goes away, so does the
 * other. Nothing is sent twice: who wants to be sure after a failure sends it again with an Idempotency-Key.
 */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import type { Request, RequestHandler, Response } from 'express';

import { fail } from '@acervo/problem';
import { traceHeaders } from '@acervo/tracing';

import { peerAddressHeader } from './door';
import { isForWriter } from './forwarded-requests';

export interface ForwardOptions {
  /** Path of the writer's door. */
  readonly door: string;
  /** Until the writer begins to answer. It keeps the deadline of a request itself: this is for one that hangs. */
  readonly timeoutMs: number;
}

/** Of one connection (RFC 9110, 7.6.1), or set anew here. */
const hopHeaders = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
  peerAddressHeader,
]);
const maxConnections = 256;
const totalTiming = /(?:^|,\s*)total;dur=[\d.]+$/;

export function forwardToWriter({ door, timeoutMs }: ForwardOptions): RequestHandler {
  // A connection a request: it bears the client's address, and none is found closed by a writer that was restarted.
  const agent = new Agent({ keepAlive: false, maxSockets: maxConnections });
  return (request, response, next) => {
    if (!isForWriter(request.method, request.url, request.get('prefer'))) {
      next();
      return;
    }
    const upstream = httpRequest({
      agent,
      socketPath: door,
      method: request.method,
      path: request.originalUrl,
      headers: headersFor(request),
    });
    const patience = setTimeout(() => {
      upstream.destroy(fail('REQUEST_DEADLINE_EXCEEDED', 'The process that writes did not answer in time.'));
    }, timeoutMs);
    patience.unref();
    upstream.once('response', (answer) => {
      clearTimeout(patience);
      passOn(answer, response);
    });
    upstream.once('error', (error) => {
      clearTimeout(patience);
      if (response.headersSent) response.destroy();
      else if (!response.destroyed) next(isProblem(error) ? error : fail('STORE_WRITER_AWAY', undefined, {}, error));
    });
    response.once('close', () => {
      clearTimeout(patience);
      if (!response.writableFinished) upstream.destroy();
    });
    // An answer may come, and end the writer's side, before all of the body was sent.
    pipeline(request, upstream, () => undefined);
  };
}

function passOn(answer: IncomingMessage, response: Response): void {
  response.statusCode = answer.statusCode ?? 502;
  response.statusMessage = answer.statusMessage ?? '';
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    if (values === undefined || hopHeaders.has(name)) continue;
    // The time of the whole way is added here.
    const timing = name === 'server-timing' ? values.map((value) => value.replace(totalTiming, '')) : values;
    const kept = timing.filter((value) => value !== '');
    if (kept.length > 0) response.setHeader(name, kept.length === 1 ? (kept[0] ?? '') : kept);
    else response.removeHeader(name);
  }
  response.flushHeaders();
  pipeline(answer, response, (error) => {
    if (error) response.destroy();
  });
}

function headersFor(request: Request): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, values = []] of Object.entries(request.headersDistinct)) {
    const [first] = values;
    if (!hopHeaders.has(name) && first !== undefined) headers[name] = values.length === 1 ? first : values;
  }
  Object.assign(headers, traceHeaders());
  headers['x-request-id'] = request.id;
  headers[peerAddressHeader] = request.socket.remoteAddress ?? '';
  return headers;
}

function isProblem(error: Error & { readonly code?: string }): boolean {
  return error.code === 'REQUEST_DEADLINE_EXCEEDED';
}
