import type { ApiKey } from './api-key-store';
import type { Scope } from './client';

/** What SQLite and Postgres hold alike of a key; they keep its times in ways of their own. */
export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly scopes: string;
  readonly collections: string | null;
  readonly limits: string;
  readonly last_used_on: string | null;
}

interface Times {
  readonly created: Date;
  readonly expires: Date | undefined;
  readonly revoked: Date | undefined;
}

export function fromStored(row: StoredKey, { created, expires, revoked }: Times): ApiKey {
  return {
    id: row.id,
    name: row.name,
    tenant: row.tenant,
    scopes: JSON.parse(row.scopes) as Scope[],
    collections: row.collections === null ? undefined : (JSON.parse(row.collections) as string[]),
    limits: JSON.parse(row.limits) as Record<string, number>,
    createdAt: created,
    expiresAt: expires,
    revokedAt: revoked,
    lastUsedOn: row.last_used_on ?? undefined,
  };
}
