import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { publicTenant } from '@acervo/kernel';

import { Identification, scopes, type Client } from './client';
import { clientAddressBehind, forwardedFor, type ClientAddressOf } from './client-address';

/** What proxies wrote is read once; some megabytes at most. */
const maxChains = 4_096;
const maxChainLength = 256;

/** Everybody is the public tenant and may do everything; limits count addresses. */
export class AnonymousIdentification extends Identification {
  private readonly addressOf: ClientAddressOf;
  private readonly hasProxies: boolean;
  /** Without proxies the address of a connection never changes. */
  private readonly ofSocket = new WeakMap<Socket, Client>();
  private readonly ofChain = new Map<string, Client>();

  /** Errors: TypeError for what is no address of a proxy. */
  constructor(trustedProxies: readonly string[]) {
    super();
    this.addressOf = clientAddressBehind(trustedProxies);
    this.hasProxies = trustedProxies.length > 0;
  }

  protected override find(request: IncomingMessage): Client {
    if (this.hasProxies) return this.findBehindProxies(request);
    const known = this.ofSocket.get(request.socket);
    if (known !== undefined) return known;
    const client = this.make(request);
    this.ofSocket.set(request.socket, client);
    return client;
  }

  private findBehindProxies(request: IncomingMessage): Client {
    const chain = `${forwardedFor(request)}|${request.socket.remoteAddress}`;
    const known = this.ofChain.get(chain);
    if (known !== undefined) return known;
    const client = this.make(request);
    if (chain.length <= maxChainLength) {
      if (this.ofChain.size >= maxChains) this.ofChain.clear();
      this.ofChain.set(chain, client);
    }
    return client;
  }

  private make(request: IncomingMessage): Client {
    return anonymous(`address:${this.addressOf(request)}`);
  }
}

const allScopes = new Set(scopes);

/** Of the public tenant, with all scopes. */
export function anonymous(id: string): Client {
  return { id, tenant: publicTenant, scopes: allScopes, collections: undefined, limits: {} };
}
