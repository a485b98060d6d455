import type { CacheAnswer } from '../tiered-cache';

/** `Cache-Status`, RFC 9211. `ttl` in seconds, negative when the answer was stale. */
export function cacheStatus({ status, tier, freshForMs }: Pick<CacheAnswer, 'status' | 'tier' | 'freshForMs'>): string {
  const ttl = freshForMs === undefined ? '' : `; ttl=${Math.floor(freshForMs / 1_000)}`;
  switch (status) {
    case 'hit':
      return `acervo; hit; detail=${tier ?? 'memory'}${ttl}`;
    case 'stale':
      return `acervo; fwd=stale; detail=${tier ?? 'memory'}${ttl}`;
    case 'coalesced':
      return `acervo; fwd=miss; collapsed${ttl}`;
    case 'miss':
      return `acervo; fwd=miss${freshForMs === undefined ? '' : '; stored'}${ttl}`;
    default:
      return status satisfies never;
  }
}

export const bypassStatus = 'acervo; fwd=bypass';
/** The client's copy is the current one: known from the generation, without a look. */
export const unchangedStatus = 'acervo; hit; detail=generation';
/** The client asked for a new one. */
export const requestedStatus = 'acervo; fwd=request';
