import type { Request, Response } from 'express';

import { codings, type ConsoleFile } from './console-files';

/**
 * No inline script or style, nothing from elsewhere, no frame around it, and no string becomes markup: what documents
 * and language models write can only ever be text.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The page is asked for each time and mostly answered with 304: it alone knows the names of the current assets. */
export function sendPage(request: Request, response: Response, file: ConsoleFile, status = 200): void {
  response.setHeader('Content-Security-Policy', contentSecurityPolicy);
  response.setHeader('Cache-Control', 'no-cache');
  response.vary('Accept');
  send(request, response, file, status);
}

/** The name changes with the content. */
export function sendAsset(request: Request, response: Response, file: ConsoleFile): void {
  response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
  send(request, response, file, 200);
}

function send(request: Request, response: Response, file: ConsoleFile, status: number): void {
  const offered = codings.filter((coding) => file.bytes[coding] !== undefined);
  const wanted = request.acceptsEncodings([...offered]);
  const coding = offered.find((one) => one === wanted) ?? 'identity';
  response.vary('Accept-Encoding');
  response.setHeader('ETag', `"${file.hash}${coding === 'identity' ? '' : `-${coding}`}"`);
  if (status === 200 && request.fresh) {
    response.status(304).end();
    return;
  }
  if (coding !== 'identity') response.setHeader('Content-Encoding', coding);
  response.status(status).type(file.type).send(file.bytes[coding]);
}
