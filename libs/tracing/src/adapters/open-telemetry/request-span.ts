/** Names and attributes of requests, after OpenTelemetry's semantic conventions for HTTP servers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api';

/** As nginx says it: the client left before the answer. */
const clientLeft = 499;

const methods = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']);

/** What is asked every few seconds, and slows nobody down. */
export function isProbe({ url = '' }: IncomingMessage): boolean {
  return url.startsWith('/health') || url.startsWith('/metrics');
}

/** Without the query, which may hold a question, and without what tells who asks. */
export function requestAttributes({ method = '', url = '', httpVersion }: IncomingMessage): Attributes {
  const queryAt = url.indexOf('?');
  return {
    'http.request.method': methods.has(method) ? method : '_OTHER',
    'url.path': queryAt === -1 ? url : url.slice(0, queryAt),
    'url.scheme': 'http',
    'network.protocol.version': httpVersion,
  };
}

/** @param route template that answered; undefined when none did */
export function endRequestSpan(span: Span, method: string, route: string | undefined, response: ServerResponse): void {
  const status = response.writableFinished ? response.statusCode : clientLeft;
  const name = methods.has(method) ? method : 'HTTP';
  span.updateName(route === undefined ? name : `${name} ${route}`).setAttribute('http.response.status_code', status);
  if (route !== undefined) span.setAttribute('http.route', route);
  setHeader(span, 'acervo.request_id', response, 'X-Request-Id');
  setHeader(span, 'acervo.cache_status', response, 'Cache-Status');
  if (status === clientLeft) span.setAttribute('error.type', 'client_left');
  if (status < 500) return;
  span.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR });
}

function setHeader(span: Span, attribute: string, response: ServerResponse, header: string): void {
  const value = response.getHeader(header);
  if (typeof value === 'string') span.setAttribute(attribute, value);
}
