import type { IncomingMessage } from 'node:http';

import { readRawRequest, type RawRequest } from './raw-request';

function read(method: string, url: string, ...rawHeaders: string[]): RawRequest | undefined {
  return readRawRequest({ method, url, rawHeaders } as IncomingMessage);
}

const json = ['Content-Type', 'application/json'];

describe('a raw request', () => {
  it.each([
    ['another method', 'HEAD', '/search?q=x', []],
    ['another address', 'GET', '/health', []],
    ['a slash more', 'GET', '/search/?q=x', []],
    ['an escaped letter', 'GET', '/%73earch?q=x', []],
    ['an absolute address', 'GET', 'http://localhost/search?q=x', []],
    ['POST with a query', 'POST', '/search?x=1', [...json, 'Content-Length', '2']],
    ['POST without a body', 'POST', '/search', ['Content-Type', 'application/json']],
    ['POST of another type', 'POST', '/search', ['Content-Type', 'text/json', 'Content-Length', '2']],
    ['POST of two types', 'POST', '/search', ['Content-Type', 'a/b', ...json, 'Content-Length', '2']],
    ['POST of unknown length', 'POST', '/search', [...json, 'Transfer-Encoding', 'chunked']],
    ['a long body', 'POST', '/search', [...json, 'Content-Length', '16385']],
    ['GET with a body', 'GET', '/search?q=x', ['Content-Length', '2']],
    ['a condition', 'GET', '/search?q=x', ['IF-None-Match', '"a"']],
    ['a wish of freshness', 'GET', '/search?q=x', ['cache-control', 'no-cache']],
    ['a preference', 'POST', '/search', [...json, 'Content-Length', '2', 'Prefer', 'wait=1']],
    ['an encoded body', 'POST', '/search', [...json, 'Content-Length', '2', 'Content-Encoding', 'gzip']],
  ] as [string, string, string, string[]][])('with %s is the router’s', (_what, method, url, headers) => {
    expect(read(method, url, ...headers)).toBeUndefined();
  });

  it('has a key of what an answer may depend on, in whatever case its names are written', () => {
    const one = read('GET', '/search?q=x', 'Host', 'a', 'Accept-Encoding', 'gzip', 'User-Agent', 'curl');
    expect(one).toEqual(read('GET', '/search?q=x', 'host', 'b', 'accept-encoding', 'gzip', 'traceparent', '00-1-1-00'));
    for (const name of ['Accept-Encoding', 'Content-Type', 'Origin', 'Authorization', 'X-API-Key']) {
      expect(read('GET', '/search?q=x', name, 'a')?.head).not.toBe(read('GET', '/search?q=x', name, 'b')?.head);
    }
  });

  it('tells the id that its client gave', () => {
    const headers = [...json, 'Content-Length', '12', 'X-Request-Id', 'a'];
    expect(read('POST', '/search', ...headers)?.requestId).toBe('a');
    expect(read('POST', '/search', ...headers, 'x-request-id', 'b')?.requestId).toBe('a, b');
  });
});
