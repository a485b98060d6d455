/** Who sent a request, and what that client may do. */
import type { IncomingMessage } from 'node:http';

export const scopes = ['search', 'chat', 'ingest', 'admin'] as const;
export type Scope = (typeof scopes)[number];

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
  /**
   * Once per request: whoever asks later gets the same client.
   *
   * Errors: AUTH_REQUIRED, AUTH_INVALID, one and the same for every key that is not valid now.
   */
  identify(request: IncomingMessage): Client {
    const known = clientOf(request);
    if (known !== undefined) return known;
    const client = this.find(request);
    rememberClient(request, client);
    return client;
  }

  protected abstract find(request: IncomingMessage): Client;

  /** Stops what goes on in the background. */
  close(): void | Promise<void> {
    // Most have nothing that goes on.
  }
}

export function holdsScope({ scopes: held }: Pick<Client, 'scopes'>, scope: Scope): boolean {
  return held.has(scope) || held.has('admin');
}

const clientKey = Symbol('client');

interface Identified {
  [clientKey]?: Client;
}

function rememberClient(request: object, client: Client): void {
  (request as Identified)[clientKey] = client;
}

/** Undefined before the request was identified. */
export function clientOf(request: object): Client | undefined {
  return (request as Identified)[clientKey];
}

/** What log lines say of a request's client: its key. Addresses are personal data, and stay out. */
export function loggedClient(request: object): { readonly client?: string } {
  const id = clientOf(request)?.id;
  return id?.startsWith('key:') === true ? { client: id } : {};
}
