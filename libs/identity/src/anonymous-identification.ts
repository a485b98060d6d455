import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { publicTenant } from '@acervo/kernel';

import { Identification, scopes, type Client } from './client';
import { clientAddressBehind, type ClientAddressOf } from './client-address';

/** Everybody is the public tenant and may do everything; limits count addresses. */
export class AnonymousIdentification extends Identification {
  private readonly addressOf: ClientAddressOf;
  /** Without proxies the address of a connection never changes. */
  private readonly ofSocket: WeakMap<Socket, Client> | undefined;

  constructor(trustedProxies: readonly string[]) {
    super();
    this.addressOf = clientAddressBehind(trustedProxies);
    this.ofSocket = trustedProxies.length === 0 ? new WeakMap() : undefined;
  }

  protected override find(request: IncomingMessage): Client {
    const known = this.ofSocket?.get(request.socket);
    if (known !== undefined) return known;
    const client = anonymous(`address:${this.addressOf(request)}`);
    this.ofSocket?.set(request.socket, client);
    return client;
  }
}

const allScopes = new Set(scopes);

/** Of the public tenant, with all scopes. */
export function anonymous(id: string): Client {
  return { id, tenant: publicTenant, scopes: allScopes, collections: undefined, limits: {} };
}
