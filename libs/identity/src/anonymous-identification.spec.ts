import type { IncomingMessage } from 'node:http';

import { AnonymousIdentification } from './anonymous-identification';
import { scopes } from './client';

function from(remoteAddress: string, forwarded?: string): IncomingMessage {
  return { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage;
}

describe('identification without keys', () => {
  it('gives everybody the public tenant and all scopes, and counts addresses', () => {
    const client = new AnonymousIdentification([]).identify(from('203.0.113.7', '198.51.100.1'));
    expect(client).toEqual({
      ...{ id: 'address:203.0.113.7', tenant: 'public', scopes: new Set(scopes), collections: undefined, limits: {} },
    });
  });

  it('knows a connection, and behind proxies a chain of addresses, by what it was before', () => {
    const direct = new AnonymousIdentification([]);
    const { socket } = from('203.0.113.7');
    const request = (): IncomingMessage => ({ socket, headers: {} }) as unknown as IncomingMessage;
    expect(direct.identify(request())).toBe(direct.identify(request()));
    const behind = new AnonymousIdentification(['10.0.0.1']);
    expect(behind.identify(from('10.0.0.1', '203.0.113.7'))).toBe(behind.identify(from('10.0.0.1', '203.0.113.7')));
    expect(behind.identify(from('203.0.113.7', '203.0.113.7')).id).toBe('address:203.0.113.7');
    expect(behind.identify(from('10.0.0.1', '203.0.113.8')).id).toBe('address:203.0.113.8');
    expect(behind.identify(from('10.0.0.1')).id).toBe('address:10.0.0.1');
  });

  it('stays right when more chains come than it remembers (B9)', () => {
    const behind = new AnonymousIdentification(['10.0.0.1']);
    for (let nth = 0; nth < 20_000; nth++) {
      const address = `198.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}`;
      expect(behind.identify(from('10.0.0.1', address)).id).toBe(`address:${address}`);
    }
  });

  it('refuses what is no proxy', () => {
    expect(() => new AnonymousIdentification(['proxy.example'])).toThrow(TypeError);
  });
});
