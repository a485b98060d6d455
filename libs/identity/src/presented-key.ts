import type { IncomingHttpHeaders } from 'node:http';

const bearer = /^bearer +/i;

/**
 * The key that a request shows: `Authorization: Bearer KEY`, else `X-API-Key: KEY`. Another scheme of `Authorization`
 * belongs to a proxy.
 */
export function presentedKey({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | undefined {
  const scheme = authorization === undefined ? undefined : bearer.exec(authorization)?.[0];
  if (authorization !== undefined && scheme !== undefined) return authorization.slice(scheme.length);
  // Node.js joins several into one text, which is no key.
  return typeof apiKey === 'string' ? apiKey : apiKey?.join(', ');
}
