import type { IncomingMessage } from 'node:http';

import * as fc from 'fast-check';

import { bucketOf, clientAddressBehind } from './client-address';

function from(remoteAddress: string | undefined, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('the address of a client (C4)', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('%s counts as %s', (address, bucket) => {
    expect(bucketOf(address)).toBe(bucket);
  });

  it('is one for all addresses of an IPv6 network of 64 bits', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((part) => part.toString(16));
    const addressOf = clientAddressBehind([]);
    fc.assert(
      fc.property(fc.array(group, { minLength: 4, maxLength: 4 }), (rest) => {
        expect(addressOf(from(`2001:db8:1:2:${rest.join(':')}`))).toBe('2001:db8:1:2::/64');
      }),
    );
  });

  it('is that of the connection, whatever headers say, unless the connection comes from a trusted proxy', () => {
    const forged = { 'x-forwarded-for': '198.51.100.9', forwarded: 'for=198.51.100.9', 'x-real-ip': '198.51.100.9' };
    expect(clientAddressBehind([])(from('203.0.113.7', forged))).toBe('203.0.113.7');
    expect(clientAddressBehind(['10.0.0.0/8'])(from('203.0.113.7', forged))).toBe('203.0.113.7');
  });

  it.each([
    ['one proxy', '203.0.113.7', '203.0.113.7'],
    ['forged parts on the left', '198.51.100.9, 127.0.0.1, 203.0.113.7', '203.0.113.7'],
    ['two proxies', '198.51.100.9, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['proxies alone', '10.9.9.9, 10.1.2.3', '10.9.9.9'],
    ['a port', '203.0.113.7:4711', '203.0.113.7'],
    ['a bracketed address', '[2001:db8:1:2::5]:4711', '2001:db8:1:2::/64'],
    ['a mapped address', '::ffff:203.0.113.7', '203.0.113.7'],
    ['no address', 'unknown', '10.0.0.1'],
    ['nothing', '', '10.0.0.1'],
    ['an empty part', '203.0.113.7,', '10.0.0.1'],
  ])('behind trusted proxies, with %s, is the first from the right that is none of them', (_, chain, expected) => {
    const addressOf = clientAddressBehind(['10.0.0.0/8']);
    expect(addressOf(from('10.0.0.1', { 'x-forwarded-for': chain }))).toBe(expected);
  });

  it('never depends on what a client writes into any header', () => {
    const addressOf = clientAddressBehind(['10.0.0.0/8']);
    const part = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string().map((text) => text.replaceAll(/[^\x20-\x7e]/g, '')),
    );
    fc.assert(
      fc.property(fc.array(part), part, (forged, other) => {
        const headers = {
          'x-forwarded-for': [...forged, '203.0.113.7'].join(', '),
          forwarded: other,
          'x-real-ip': other,
        };
        expect(addressOf(from('10.0.0.1', headers))).toBe('203.0.113.7');
      }),
    );
  });

  it('knows networks by name, and mapped proxies', () => {
    const addressOf = clientAddressBehind(['loopback', 'uniquelocal']);
    const headers = { 'x-forwarded-for': '203.0.113.7, 192.168.1.5' };
    for (const proxy of ['127.0.0.1', '::ffff:127.0.0.1', '::1'])
      expect(addressOf(from(proxy, headers))).toBe('203.0.113.7');
  });
});
