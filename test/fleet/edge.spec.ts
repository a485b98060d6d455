/** deploy/nginx, run by a real nginx over small servers that say what reached them. */
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { describeWithNginx } from '@acervo/testing';

import { readComposeFile } from '../deploy/compose-file';

import { namesIn, readTemplate, startEdge, type Edge, type EdgeOptions } from './edge';

interface Reached {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** Answers `GET /search` as a server does, and everything else with what reached it. */
class Origin {
  readonly reached: Reached[] = [];
  cacheControl = 'public, max-age=0, must-revalidate, s-maxage=1, stale-while-revalidate=1';
  text = 'a';
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      request.resume();
      const { method = '', url = '', headers } = request;
      this.reached.push({ method, url, headers });
      if (url.startsWith('/chat')) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        let nth = 0;
        const timer = setInterval(() => {
          response.write(`event: delta\ndata: ${nth}\n\n`);
          if (++nth === 5) {
            clearInterval(timer);
            response.end();
          }
        }, 60);
        return;
      }
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(url.startsWith('/search') && {
          'cache-control': this.cacheControl,
          etag: `"${this.text}"`,
          ratelimit: 'x',
        }),
        vary: 'Accept-Encoding, Authorization, X-API-Key',
        'x-request-id': String(headers['x-request-id']),
      });
      response.end(JSON.stringify({ text: this.text, headers }));
    });
  }

  async start(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

async function ask(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
    from = '127.0.0.1',
  }: {
    method?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
    from?: string;
  } = {},
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers, localAddress: from, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.once('error', reject).end(body);
  });
}

describe('deploy/nginx', () => {
  it('is given every name that its template has, by docker-compose.prod.yml', async () => {
    const { nginx } = readComposeFile('docker-compose.prod.yml').services;
    expect(Object.keys(nginx?.environment ?? {}).sort()).toEqual([...namesIn(await readTemplate())].sort());
  });
});

describeWithNginx('the edge', () => {
  let origins: Origin[] = [];
  let edge: Edge | undefined;
  const fast: Partial<EdgeOptions> = { rate: '10000r/s', burst: 10_000 };

  async function start(options: Partial<EdgeOptions> = fast, count = 1): Promise<string> {
    origins = Array.from({ length: count }, () => new Origin());
    edge = await startEdge({ ...options, ports: await Promise.all(origins.map(async (origin) => origin.start())) });
    return edge.url;
  }
  const reached = (): Reached[] => origins.flatMap((origin) => origin.reached);
  afterEach(async () => {
    await edge?.stop();
    for (const origin of origins) origin.stop();
  });

  it('writes the address of the client anew, whatever it says of itself', async () => {
    const url = await start();
    const forged = { 'X-Forwarded-For': '1.2.3.4', Forwarded: 'for=1.2.3.4', 'X-Real-IP': '1.2.3.4' };
    for (const path of ['/documents', '/search?q=x', '/chat-like'])
      await ask(url + path, { from: '127.0.0.7', headers: { ...forged, 'X-Request-Id': 'bad id' } });
    expect(reached()).toHaveLength(3);
    for (const { headers } of reached()) {
      expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.7', 'x-forwarded-proto': 'http' });
      expect([headers.forwarded, headers['x-real-ip']]).toEqual([undefined, undefined]);
      expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  it('believes a proxy that was named, from the right, and no other', async () => {
    const url = await start({ ...fast, trusted: ['127.0.0.2/32'] });
    const headers = { 'X-Forwarded-For': '1.2.3.4, 203.0.113.7' };
    await ask(`${url}/documents`, { from: '127.0.0.2', headers });
    await ask(`${url}/documents`, { from: '127.0.0.3', headers });
    expect(reached().map(({ headers: seen }) => seen['x-forwarded-for'])).toEqual(['203.0.113.7', '127.0.0.3']);
  });

  it('admits 20 at once and 10 a second of one client, an IPv6 network being one, and health at any rate', async () => {
    const url = await start({ trusted: ['127.0.0.2/32'] });
    const counts = async (headers: (nth: number) => Record<string, string>, path = '/documents') => {
      const answers = await Promise.all(
        Array.from({ length: 60 }, async (_, nth) => ask(url + path, { from: '127.0.0.2', headers: headers(nth) })),
      );
      return { refused: answers.filter(({ status }) => status === 429), all: answers };
    };
    const network = (nth: number) => ({ 'X-Forwarded-For': `2001:db8:1:2:${nth.toString(16)}::${nth}` });
    for (const who of [() => ({ 'X-Forwarded-For': '203.0.113.1' }), network]) {
      const { refused, all } = await counts(who);
      // One and the burst, and what the time of the asking gives.
      expect(all.length - refused.length).toBeGreaterThanOrEqual(21);
      expect(all.length - refused.length).toBeLessThan(45);
      const [first] = refused;
      expect(first?.headers).toMatchObject({ 'retry-after': '1', 'content-type': 'application/problem+json' });
      expect(JSON.parse(first?.text ?? '')).toMatchObject({ status: 429, code: 'RATE_LIMIT_EXCEEDED' });
    }
    const others = await counts((nth) => ({ 'X-Forwarded-For': `2001:db8:2:${nth.toString(16)}::1` }));
    expect(others.refused).toEqual([]);
    expect((await counts(() => ({ 'X-Forwarded-For': '203.0.113.1' }), '/health/live')).refused).toEqual([]);
  });

  it('keeps public answers for half a second and never longer, whatever s-maxage says', async () => {
    const url = await start();
    const [origin] = origins;
    if (origin === undefined) throw new Error('There is no origin.');
    origin.cacheControl = 'public, s-maxage=86400, stale-while-revalidate=86400';
    const statuses: unknown[] = [];
    for (const until = performance.now() + 1_400; performance.now() < until;) {
      const { headers, text } = await ask(`${url}/search?q=x`, {
        headers: { 'X-Request-Id': `id-${statuses.length}` },
      });
      expect(headers['x-request-id']).toBe(`id-${statuses.length}`);
      const isCopy = headers['x-cache-status'] === 'HIT';
      expect(headers.ratelimit).toBe(isCopy ? undefined : 'x');
      statuses.push(headers['x-cache-status']);
      if (statuses.length === 1) origin.text = (JSON.parse(text) as { text: string }).text + 'b';
    }
    expect(origin.reached.length).toBeGreaterThanOrEqual(3);
    expect(origin.reached.length).toBeLessThanOrEqual(4);
    expect((await ask(`${url}/search?q=x`)).headers.etag).toBe('"ab"');
    expect((await ask(`${url}/search?q=x`, { headers: { 'If-None-Match': '"ab"' } })).status).toBe(304);
  });

  it('asks once for many who ask the same at the same time', async () => {
    const url = await start();
    await Promise.all(Array.from({ length: 100 }, async () => ask(`${url}/search?q=same`)));
    // Two, when the half second ended meanwhile.
    expect(reached().length).toBeLessThanOrEqual(3);
  });

  it('shares nothing that was asked for with a key, through a CDN, or that servers keep to themselves', async () => {
    const url = await start({ ...fast, trusted: ['127.0.0.2/32'] });
    const twice = async (query: string, options: Parameters<typeof ask>[1]): Promise<number> => {
      const before = reached().length;
      for (let nth = 0; nth < 2; nth++) await ask(`${url}/search?q=${query}`, options);
      return reached().length - before;
    };
    expect(await twice('a', { headers: { Authorization: 'Bearer k' } })).toBe(2);
    expect(await twice('b', { headers: { 'X-API-Key': 'k' } })).toBe(2);
    expect(await twice('c', { headers: { 'Cache-Control': 'no-cache' } })).toBe(2);
    expect(await twice('d', { from: '127.0.0.2', headers: { 'X-Forwarded-For': '203.0.113.7' } })).toBe(2);
    expect(await twice('e', { method: 'POST', body: '{}' })).toBe(2);
    const [origin] = origins;
    if (origin !== undefined) origin.cacheControl = 'no-store';
    expect(await twice('f', {})).toBe(2);
  });

  it('keeps /health for minutes, and nothing else of health', async () => {
    const url = await start();
    const status = async (path: string) => (await ask(url + path)).headers['x-cache-status'];
    expect([await status('/health'), await status('/health'), await status('/health')]).toEqual(['MISS', 'HIT', 'HIT']);
    for (let nth = 0; nth < 3; nth++) expect(await status('/health/ready')).toBeUndefined();
    expect(reached()).toHaveLength(4);
  });

  it('hides /metrics, however it is written', async () => {
    const url = await start();
    for (const path of ['/metrics', '/METRICS', '/metrics/', '//metrics', '/%6detrics', '/metrics;x', '/a/../metrics'])
      expect([path, (await ask(url + path)).status]).toEqual([path, 404]);
    expect(JSON.parse((await ask(`${url}/metrics?format=prometheus`)).text)).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    expect(reached()).toEqual([]);
  });

  it('refuses bodies that are too large, files later than others', async () => {
    const url = await start({ ...fast, maxUploadMegabytes: 5 });
    const body = Buffer.alloc(4 * 2 ** 20, ' ');
    const refused = await ask(`${url}/search`, { method: 'POST', body });
    expect([refused.status, (JSON.parse(refused.text) as { code: string }).code]).toEqual([413, 'REQUEST_TOO_LARGE']);
    expect((await ask(`${url}/documents`, { method: 'POST', body })).status).toBe(200);
  });

  it('passes events on one by one', async () => {
    const url = await start();
    const parts: string[] = [];
    await new Promise<void>((resolve, reject) => {
      httpRequest(`${url}/chat`, { method: 'POST', headers: { 'Accept-Encoding': 'gzip' } }, (response) => {
        response.setEncoding('utf8').on('data', (part: string) => parts.push(part));
        response.on('end', resolve);
      })
        .once('error', reject)
        .end('{}');
    });
    expect(parts).toEqual([0, 1, 2, 3, 4].map((nth) => `event: delta\ndata: ${nth}\n\n`));
  });

  it('goes to the next server when one is gone, for what may be asked twice', async () => {
    const url = await start(fast, 2);
    origins[0]?.stop();
    for (let nth = 0; nth < 12; nth++) {
      expect((await ask(`${url}/search`, { method: 'POST', body: '{}' })).status).toBe(200);
      expect((await ask(`${url}/documents`)).status).toBe(200);
    }
    origins[1]?.stop();
    const none = await ask(`${url}/documents`);
    expect([none.status, none.headers['retry-after']]).toEqual([503, '2']);
    expect(JSON.parse(none.text)).toMatchObject({ status: 503, code: 'SERVER_NOT_READY' });
  });

  it('speaks HTTP/2 over TLS and says that it will go on doing so', async () => {
    await start();
    const session = connect(`https://localhost:${edge?.httpsPort}`, { rejectUnauthorized: false });
    const stream = session.request({ ':path': '/documents' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers).toMatchObject({ ':status': 200, 'strict-transport-security': 'max-age=31536000' });
    stream.resume();
    await once(stream, 'end');
    session.close();
    expect(reached()[0]?.headers['x-forwarded-proto']).toBe('https');
  });
});
