import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exposition } from './exposition';
import { FamilyReader } from './family-reader';
import { RequestMetrics } from './request-metrics';
import { RouteTable } from './route-table';

const routes = new RouteTable({ templates: ['/search', '/documents/:id', '/metrics'] });

describe('what is counted of requests', () => {
  let metrics: RequestMetrics;
  let server: Server;
  let port: number;

  beforeEach(async () => {
    metrics = new RequestMetrics();
    metrics.useRoutes(routes);
    server = createServer((incoming, response) => {
      metrics.watch(incoming, response);
      if (incoming.url === '/hang') return;
      if (incoming.url === '/stream') {
        response.setHeader('server-timing', 'embed;dur=1, total;dur=4000.5');
        response.writeHead(200, { 'content-type': 'text/event-stream' });
      }
      response.statusCode = Number(incoming.headers['x-status'] ?? 200);
      response.end('x');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const count = (labels: Record<string, string>): number =>
    new FamilyReader(metrics.families()).sum('acervo_http_requests_total', labels);

  async function ask(method: string, path: string, status = 200): Promise<void> {
    const sent = request({ port, path, method, agent: false, headers: { 'x-status': String(status) } }).end();
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    response.resume();
    await once(response, 'end');
  }

  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
  }

  it('is the time until the head of an event stream, however long it goes on', async () => {
    await ask('GET', '/stream');
    await until(() => count({}) === 1);
    expect(metrics.totals().seconds).toBe(4.0005);
  });

  it('is the template of the route, the method and the status, also of what nothing answers', async () => {
    await ask('POST', '/search');
    await ask('GET', `/documents/${randomUUID()}`, 404);
    await ask('GET', '/wp-login.php', 404);
    await ask('GET', '/search?q=x', 418);
    await until(() => count({}) === 4);
    expect(count({ route: '/search', method: 'POST', status: '200' })).toBe(1);
    expect(count({ route: '/documents/:id', method: 'GET', status: '404' })).toBe(1);
    expect(count({ route: 'other', method: 'GET', status: '404' })).toBe(1);
    expect(count({ route: '/search', method: 'GET', status: '4xx' })).toBe(1);
  });

  it('is 499 when the client left before its answer', async () => {
    const sent = get({ port, path: '/hang', agent: false });
    sent.on('error', () => undefined);
    await until(() => new FamilyReader(metrics.families()).sum('acervo_http_requests_in_flight') === 1);
    sent.destroy();
    await until(() => count({ route: 'other', status: '499' }) === 1);
    expect(new FamilyReader(metrics.families()).sum('acervo_http_requests_in_flight')).toBe(0);
  });

  it('leaves probes and scrapes out of the last thousand, and counts them otherwise', async () => {
    await ask('GET', '/metrics');
    await ask('POST', '/search');
    await until(() => count({}) === 2);
    expect(metrics.readRecent().seconds).toHaveLength(1);
  });

  it('has as many series after ten thousand random addresses and methods as after one of each', () => {
    const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PROPFIND', 'MKCOL', 'PATCH', 'HEAD', 'OPTIONS'];
    const record = (path: string): void => {
      for (const method of methods) metrics.record(routes.indexOfUrl(path), method, 404, 1);
    };
    record('/anything');
    record('/documents/one');
    const before = exposition(metrics.families(), 'prometheus').split('\n').length;
    for (let nth = 0; nth < 10_000; nth++) record(nth % 2 === 0 ? `/${randomUUID()}` : `/documents/${randomUUID()}`);
    for (const method of ['X', 'BREW', randomUUID()]) metrics.record(0, method, 404, 1);
    expect(exposition(metrics.families(), 'prometheus').split('\n')).toHaveLength(before);
  });

  it.each([0, 99, 600, 1_000, Number.NaN])('takes the status %s for one of the classes', (status) => {
    metrics.record(0, 'GET', status, 1);
    const [sample] = new FamilyReader(metrics.families()).samples('acervo_http_requests_total');
    expect(sample?.labels['status']).toMatch(/^[1-5]xx$/);
  });

  it('tells the rate of the last minute', () => {
    metrics.mark();
    for (let nth = 0; nth < 100; nth++) metrics.record(0, 'GET', 200, 1);
    const rate = (): number => metrics.rates().samples[0]?.value ?? 0;
    expect(rate()).toBeGreaterThan(0);
    // A minute in which nothing came.
    for (let nth = 0; nth < 6; nth++) metrics.mark();
    expect(rate()).toBe(0);
  });
});
