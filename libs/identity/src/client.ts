/** Who sent a request, and what that client may do. */
import type { IncomingMessage } from 'node:http';

export const scopes = ['search', 'chat', 'ingest', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** The tenant of requests without a key, and of keys that name none: the operator's own. */
export const publicTenant = 'public';

export interface Client {
  /** Whom limits and fairness count: `key:ID`, else `address:203.0.113.7` or `address:2001:db8:1:2::/64`. */
  readonly id: string;
  readonly tenant: string;
  /** `admin` holds all others. */
  readonly scopes: ReadonlySet<Scope>;
  /** Names within the tenant. Undefined: all of them. */
  readonly collections: ReadonlySet<string> | undefined;
  /** Permits a minute by name of the limit, where they differ from the configured ones; 0 is unlimited. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Port: tells who sent a request, from what is in memory. */
export abstract class Identification {
  /** Errors: AUTH_REQUIRED, AUTH_INVALID, one and the same for every key that is not valid now. */
  abstract identify(request: IncomingMessage): Client;
}

const clientKey = Symbol('client');

interface Identified {
  [clientKey]?: Client;
}

export function rememberClient(request: IncomingMessage, client: Client): void {
  (request as Identified)[clientKey] = client;
}

/** Undefined before the request was identified. */
export function clientOf(request: IncomingMessage): Client | undefined {
  return (request as Identified)[clientKey];
}
