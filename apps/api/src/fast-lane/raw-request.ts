import type { IncomingMessage } from 'node:http';

/** A request that the fast lane may answer once its body is there. */
export interface RawRequest {
  /** All but the body of the raw key: method, address, and each header that an answer may depend on. */
  readonly head: string;
  /** As the client sent it, unchecked. */
  readonly requestId: string | undefined;
  /** Empty when it has none. */
  readonly origin: string;
}

/** Longer bodies are read once, by the router. */
const maxBodyBytes = 16_384;

/** What an answer to these routes may depend on, besides address and body. */
const keyHeaders = new Set(['content-type', 'accept-encoding', 'origin', 'authorization', 'x-api-key']);

/** Of anything else the router may refuse the body before it has come. */
const jsonType = /^application\/json(?:; ?charset=utf-8)?$/i;

/** They change how a request is treated; `if-…` as well. */
const routerHeaders = new Set([
  'range',
  'cache-control',
  'pragma',
  'prefer',
  'expect',
  'transfer-encoding',
  'content-encoding',
  'upgrade',
  'x-http-method-override',
]);

/**
 * Undefined for what only the router understands. Only /search is a candidate, and only as it is written most: another
 * spelling of the same address, such as `/search/` or `/%73earch`, is the router's as well.
 *
 * Header values hold no line feeds (the parser refuses them), so no two requests run into the same key.
 */
export function readRawRequest({ method, url, rawHeaders }: IncomingMessage): RawRequest | undefined {
  const isPost = method === 'POST' && url === '/search';
  if (!isPost && !(method === 'GET' && url?.startsWith('/search?') === true)) return undefined;
  let head = `${method} ${url}\n`;
  let bodyBytes = 0;
  let isJson: boolean | undefined;
  let requestId: string | undefined;
  let origin = '';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    const value = rawHeaders[at + 1] ?? '';
    if (keyHeaders.has(name)) {
      head += `${name}:${value}\n`;
      // Of several the first counts.
      if (name === 'content-type') isJson ??= jsonType.test(value);
      else if (name === 'origin') origin += `${value}\n`;
    } else if (name === 'content-length') bodyBytes = Number(value);
    // Of several the parser of headers joins the values, which is no sane token.
    else if (name === 'x-request-id') requestId = requestId === undefined ? value : `${requestId}, ${value}`;
    else if (routerHeaders.has(name) || name.startsWith('if-')) return undefined;
  }
  const isWithin = isPost ? isJson === true && bodyBytes > 0 && bodyBytes <= maxBodyBytes : bodyBytes === 0;
  return isWithin ? { head: `${head}\n`, requestId, origin } : undefined;
}
