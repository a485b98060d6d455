/** What the headers of an answer say, in parts: `Server-Timing` and `Cache-Status` (RFC 9211). */
export interface Stage {
  readonly name: string;
  readonly ms: number;
}

export function parseServerTiming(header: string): Stage[] {
  return header.split(',').flatMap((part) => {
    const [, name, ms] = /^\s*([\w-]+)\s*;.*?\bdur=([\d.]+)/.exec(part) ?? [];
    return name === undefined ? [] : [{ name, ms: Number(ms) }];
  });
}

export interface CacheState {
  readonly kind: 'hit' | 'stale' | 'collapsed' | 'miss' | 'bypass';
  /** Tier that held it. */
  readonly tier?: string | undefined;
  readonly ttlSeconds?: number | undefined;
}

export function parseCacheStatus(header: string): CacheState | undefined {
  if (header === '') return undefined;
  const parts = new Map(
    header.split(';').map((part): [string, string] => {
      const [name = '', value = ''] = part.trim().split('=');
      return [name, value];
    }),
  );
  const tier = parts.get('detail');
  const ttl = Number(parts.get('ttl') ?? NaN);
  const details = { ...(tier !== undefined && { tier }), ...(Number.isFinite(ttl) && { ttlSeconds: ttl }) };
  const forwarded = parts.get('fwd');
  if (parts.has('hit')) return { kind: 'hit', ...details };
  if (forwarded === 'stale') return { kind: 'stale', ...details };
  if (parts.has('collapsed')) return { kind: 'collapsed', ...details };
  return { kind: forwarded === 'miss' ? 'miss' : 'bypass', ...details };
}
