/**
 * The address of a client as seen behind exactly the trusted proxies.
 *
 * Only X-Forwarded-For counts, read from the right: each proxy appends the address that it saw, so the first one from
 * the right that is no trusted proxy is the client, and what stands left of it is the client's own invention.
 * Forwarded and X-Real-IP are never read: a proxy that sets one of them often passes on the others as they came.
 */
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { compile } from 'proxy-addr';

/** Tells the address, or its network, that limits count. */
export type ClientAddressOf = (request: IncomingMessage) => string;

const unknown = 'unknown';
/** More proxies in a row than anybody has. */
const maxHops = 16;

/** @param trustedProxies addresses, networks, and the names loopback, linklocal, uniquelocal. Errors: TypeError. */
export function clientAddressBehind(trustedProxies: readonly string[]): ClientAddressOf {
  if (trustedProxies.length === 0) return (request) => bucketOf(request.socket.remoteAddress) ?? unknown;
  const isTrusted = compile([...trustedProxies]);
  return (request) => {
    let client = request.socket.remoteAddress;
    if (client === undefined) return unknown;
    let rest = forwardedFor(request);
    for (let hop = 0; hop < maxHops && rest !== '' && isTrusted(client, hop); hop++) {
      const comma = rest.lastIndexOf(',');
      const address = withoutPort(rest.slice(comma + 1).trim());
      // A proxy that passes on what is no address is as far as can be seen.
      if (!ipaddr.isValid(address)) break;
      client = address;
      rest = comma === -1 ? '' : rest.slice(0, comma);
    }
    return bucketOf(client) ?? unknown;
  };
}

/** X-Forwarded-For; Node.js joins several. */
export function forwardedFor({ headers }: IncomingMessage): string {
  const forwarded = headers['x-forwarded-for'];
  return typeof forwarded === 'string' ? forwarded : (forwarded?.join(',') ?? '');
}

/**
 * IPv4 as it is, also when it is mapped into IPv6; IPv6 by its network of 64 bits, all of which a customer has.
 * Undefined for what is no address.
 */
export function bucketOf(address: string | undefined): string | undefined {
  if (address === undefined || !ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}

/** Some proxies write `203.0.113.7:4711` and `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  if (bracketed !== undefined) return bracketed;
  return /^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text;
}
