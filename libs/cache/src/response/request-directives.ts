import type { IncomingHttpHeaders } from 'node:http';

/** What a client asks of caches, RFC 9111, 5.2.1. */
export interface RequestDirectives {
  /** Compute anew, and keep that. */
  readonly noCache: boolean;
  /** Neither look nor keep. */
  readonly noStore: boolean;
  /** Compute nothing. */
  readonly onlyIfCached: boolean;
}

const none: RequestDirectives = { noCache: false, noStore: false, onlyIfCached: false };

export function requestDirectives(headers: Pick<IncomingHttpHeaders, 'cache-control' | 'pragma'>): RequestDirectives {
  const control = headers['cache-control'];
  if (control === undefined)
    return headers.pragma === undefined ? none : { ...none, noCache: isNoCache(headers.pragma) };
  const names = new Set(control.split(',').map((part) => part.split('=')[0]?.trim().toLowerCase()));
  return {
    noCache: names.has('no-cache'),
    noStore: names.has('no-store'),
    onlyIfCached: names.has('only-if-cached'),
  };
}

function isNoCache(pragma: string): boolean {
  return pragma.trim().toLowerCase() === 'no-cache';
}
