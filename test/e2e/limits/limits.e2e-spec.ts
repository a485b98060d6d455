/** Limits as clients meet them: over HTTP, on the built server, in front of the router and behind it. */
import { describeWithRedis, startRedisServer, type RedisServer } from '@acervo/testing';

import { AcervoProcess } from '../acervo-process';
import { burst, LoopbackClient } from './client';

const common = { LOG_LEVEL: 'info', CACHE_DISK_MEGABYTES: '0' };
let clients = 0;
const open: LoopbackClient[] = [];
function newClient(): LoopbackClient {
  const client = new LoopbackClient((clients += 1));
  open.push(client);
  return client;
}
afterAll(() => {
  for (const client of open) client.close();
});

describe('one server', () => {
  let server: AcervoProcess;
  beforeAll(async () => {
    server = await AcervoProcess.start({ ...common, LIMIT_SEARCH_PER_MINUTE: '6', LIMIT_DEFAULT_PER_MINUTE: '4' });
    await server.ready();
  }, 90_000);
  afterAll(async () => server.stop());

  it('C5: has one limit for a route, however its address is written', async () => {
    const spellings = [
      ['POST', '/search'],
      ['GET', '/search?q=x'],
      ['GET', '/%73earch?q=x'],
      ['GET', '//search?q=x'],
      ['GET', '/search/?q=x'],
      ['GET', '/SEARCH?q=x'],
      ['GET', '/search;x?q=x'],
      ['GET', `http://other.example/search?q=x`],
      ['HEAD', '/search?q=x'],
      ['POST', '/search-async'],
      ['POST', '/SEARCH-async/'],
    ] as const;
    const body = (method: string): object | undefined => (method === 'POST' ? { query: 'x' } : undefined);
    for (const [method, path] of spellings) {
      const client = newClient();
      const first = await client.send(server.url, method, path, body(method));
      const isRoute = first.headers['ratelimit'] !== undefined;
      if (isRoute) expect(first.headers['ratelimit']).toBe('"search";r=5;t=60');
      else expect([400, 404]).toContain(first.status);
      for (let nth = isRoute ? 1 : 0; nth < 6; nth += 1) await client.send(server.url, 'GET', '/search?q=x');
      // All spellings now, of a client that has nothing left.
      for (const [method, path] of spellings) {
        const { status } = await client.send(server.url, method, path, body(method));
        if (![400, 404].includes(status)) expect({ method, path, status }).toEqual({ method, path, status: 429 });
      }
    }
  });

  it('counts answers of the fast lane and of the router together', async () => {
    const client = newClient();
    const paths = ['/search?q=y', '/search?q=y', '/search/?q=y', '/search?q=y', '/search?q=z', '/search?q=y'];
    const left: unknown[] = [];
    for (const path of paths) left.push((await client.send(server.url, 'GET', path)).headers['ratelimit']);
    expect(left).toEqual([5, 4, 3, 2, 1, 0].map((nth) => `"search";r=${nth};t=60`));
    const refused = await client.send(server.url, 'GET', '/search?q=y');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
  });

  it('counts a batch by its items and says when it is to be split', async () => {
    const client = newClient();
    const batch = async (items: number) =>
      client.send(
        server.url,
        'POST',
        '/batch-search',
        Array.from({ length: items }, () => ({ query: 'x' })),
      );
    expect((await batch(4)).headers['ratelimit']).toBe('"search";r=2;t=60');
    const refused = await batch(3);
    expect([refused.status, refused.headers['ratelimit']]).toEqual([429, '"search";r=2;t=60']);
    const never = await batch(7);
    expect([never.status, never.headers['retry-after']]).toEqual([429, undefined]);
    expect(never.body).toContain('split it into requests of 6 or fewer');
    expect((await batch(2)).status).toBe(200);
  });

  it('counts other routes apart and leaves health and documentation alone', async () => {
    const client = newClient();
    for (let nth = 0; nth < 4; nth += 1)
      expect((await client.send(server.url, 'GET', `/documents/${nth}`)).status).toBe(404);
    expect((await client.send(server.url, 'GET', '/documents/x')).status).toBe(429);
    expect((await client.send(server.url, 'GET', '/documents')).status).toBe(200);
    for (let nth = 0; nth < 8; nth += 1)
      for (const path of ['/health/live', '/health/ready', '/docs-json', '/problems'])
        expect((await client.send(server.url, 'GET', path)).status).toBe(200);
    const { body } = await server.get<{ paths: Record<string, Record<string, { responses: object }>> }>('/docs-json');
    expect(body.paths['/search']?.['post']?.responses).toHaveProperty('429');
    expect(body.paths['/documents']?.['get']?.responses).toHaveProperty('429');
    expect(body.paths['/health/live']?.['get']?.responses).not.toHaveProperty('429');
  });
});

describeWithRedis('four servers over one Redis', () => {
  let redis: RedisServer;
  let servers: AcervoProcess[];
  beforeAll(async () => {
    redis = await startRedisServer();
    const settings = {
      ...common,
      REDIS_URL: redis.url,
      REPLICAS: '4',
      LIMIT_SEARCH_PER_MINUTE: '60',
      LIMIT_CHAT_PER_MINUTE: '30',
      LIMIT_RESEARCH_PER_MINUTE: '10',
      LIMIT_DEFAULT_PER_MINUTE: '100',
    };
    servers = await Promise.all(Array.from({ length: 4 }, async () => AcervoProcess.start(settings)));
    await Promise.all(servers.map(async (server) => server.ready()));
  }, 180_000);
  afterAll(async () => {
    await Promise.all(servers.map(async (server) => server.stop()));
    await redis.stop();
  });

  it('C1: admit exactly 60, 30, 10 and 100 of 1,000 at once, ten times', async () => {
    const urls = servers.map(({ url }) => url);
    // Who is let in to chat and research without a question is told so, by 400.
    const routes = [
      { path: '/search?q=x', method: 'GET', body: undefined, admitted: 200, limit: 60 },
      { path: '/chat', method: 'POST', body: {}, admitted: 400, limit: 30 },
      { path: '/research', method: 'POST', body: {}, admitted: 400, limit: 10 },
      { path: '/documents', method: 'GET', body: undefined, admitted: 200, limit: 100 },
    ];
    let exact = 0;
    let late = 0;
    while (exact < 10 * routes.length && late < 20) {
      const client = newClient();
      for (const { path, method, body, admitted, limit } of routes) {
        const { counts, isDegraded } = await burst(urls, 250, async (url) => client.send(url, method, path, body));
        // On a machine so busy that Redis itself is late, D1 holds: shares on top of what Redis has admitted.
        if (isDegraded) {
          late += 1;
          expect(counts[admitted]).toBeLessThanOrEqual(limit + 4 * Math.floor(limit / 4));
        } else {
          expect({ path, counts }).toEqual({ path, counts: { [admitted]: limit, 429: 1_000 - limit } });
          exact += 1;
        }
      }
    }
    process.stdout.write(`C1: ${exact} bursts exact, ${late} with a late Redis\n`);
    expect(exact).toBeGreaterThanOrEqual(10 * routes.length);
  }, 600_000);

  it('D1: admit their share while Redis is away, say so, and go back by themselves', async () => {
    const [server] = servers;
    if (server === undefined) throw new Error('There is no server.');
    await redis.stop();
    // Until the breaker opens each request finds out by itself.
    const client = newClient();
    const replies = [];
    for (let nth = 0; nth < 20; nth += 1) replies.push(await client.send(server.url, 'GET', '/search?q=x'));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, (_, nth) => (nth < 15 ? 200 : 429)));
    expect(replies.at(-1)?.headers['ratelimit-policy']).toBe('"search";q=15;w=60;degraded');
    expect((await server.get('/health/ready')).body).toEqual({ status: 'ok', degraded: ['shared_limits_unavailable'] });
    expect(server.log).toContain('limits are counted here, by share: Redis fails');
    redis = await startRedisServer(redis.port);
    const untilMs = performance.now() + 5_000;
    let policy: unknown;
    while (policy !== '"search";q=60;w=60' && performance.now() < untilMs)
      policy = (await newClient().send(server.url, 'GET', '/search?q=x')).headers['ratelimit-policy'];
    expect(policy).toBe('"search";q=60;w=60');
    expect((await server.get('/health/ready')).body).toEqual({ status: 'ok', degraded: [] });
    expect(server.log).toContain('limits are counted in Redis again');
  }, 60_000);
});
