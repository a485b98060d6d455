/** B6: what clients see while Chroma is away, hangs, fails or holds something else; and two servers that share one. */
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  describeWithPostgres,
  isChromaServerSupported,
  startChromaServer,
  startPostgresServer,
  type ChromaServer,
} from '@acervo/testing';

import { AcervoProcess } from './acervo-process';

type Fault = 'none' | 'refused' | 'hung' | 'failing' | 'wrong dimension';

/** In front of a Chroma server; faults are of the protocol. */
async function startFaultyChroma(
  chroma: ChromaServer,
): Promise<{ url: string; set(fault: Fault): void; close(): void }> {
  let fault: Fault = 'none';
  const server: Server = createServer((request, response) => {
    const answer = (status: number, error: string, message: string): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error, message }));
    };
    if (fault === 'hung') return;
    if (fault === 'refused') request.socket.destroy();
    else if (fault === 'failing') answer(500, 'InternalError', 'disk on fire');
    else if (fault === 'wrong dimension')
      answer(400, 'InvalidArgumentError', 'Collection expecting embedding with dimension of 768, got 384');
    else {
      const { method, url, headers } = request;
      const upstream = httpRequest(new URL(url ?? '/', chroma.url), { method, headers }, (found) => {
        response.writeHead(found.statusCode ?? 502, found.headers);
        found.pipe(response);
      });
      upstream.on('error', () => response.destroy());
      request.pipe(upstream);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (next) => {
      fault = next;
      server.closeAllConnections();
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Answer {
  readonly degraded: readonly string[];
  readonly results: readonly { readonly document_id: string }[];
}

const note = { id: 'nota', text: 'A entrega do contrato foi marcada para sexta-feira.' };
const question = { query: 'quando é a entrega do contrato?' };

async function degradedOf(server: AcervoProcess, query: string): Promise<readonly string[]> {
  return (await server.post<Answer>('/search', { query })).body.degraded;
}

(isChromaServerSupported ? describe : describe.skip)('Chroma in trouble (B6)', () => {
  let chroma: ChromaServer;
  let proxy: Awaited<ReturnType<typeof startFaultyChroma>>;
  let server: AcervoProcess;
  let nth = 0;

  /** Recovery takes the pause of the breaker. */
  const untilWhole = async (): Promise<number> => {
    const startedMs = performance.now();
    while ((await degradedOf(server, `contrato ${(nth += 1)}`)).length > 0) {
      if (performance.now() - startedMs > 20_000) throw new Error('still degraded after 20 s');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return performance.now() - startedMs;
  };

  beforeAll(async () => {
    chroma = await startChromaServer();
    proxy = await startFaultyChroma(chroma);
    server = await AcervoProcess.start({
      VECTOR_INDEX: 'chroma',
      CHROMA_URL: proxy.url,
      REQUEST_TIMEOUT_SECONDS: '4',
    });
    await server.ready();
    await server.post('/documents', note, { prefer: 'wait=20' });
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    proxy.close();
    await chroma.stop();
  });
  afterEach(async () => {
    proxy.set('none');
    await untilWhole();
  }, 30_000);

  it.each(['refused', 'hung', 'failing', 'wrong dimension'] as const)(
    'is answered by words alone while Chroma is %s, and by 503 where only vectors are asked for',
    async (fault) => {
      proxy.set(fault);
      const asked = { query: `${question.query} ${(nth += 1)}` };
      const { status, body } = await server.post<Answer>('/search', asked);
      expect([status, body.degraded]).toEqual([200, ['semantic_unavailable']]);
      expect(body.results[0]?.document_id).toBe('nota');
      const semantic = await server.post('/search', { ...asked, mode: 'semantic' });
      expect(semantic).toMatchObject({ status: 503, body: { code: 'SEARCH_SEMANTIC_UNAVAILABLE' } });
      expect(Number(semantic.headers.get('retry-after'))).toBeGreaterThan(0);
    },
    60_000,
  );

  it('goes on answering from the cache what it knew before', async () => {
    const known = { query: 'contrato de sexta-feira' };
    expect((await server.post<Answer>('/search', known)).body.degraded).toEqual([]);
    proxy.set('refused');
    expect((await server.post<Answer>('/search', known)).body.degraded).toEqual([]);
  });

  it('is whole again as soon as the breaker has tried', async () => {
    proxy.set('refused');
    for (let times = 0; times < 4; times += 1) await degradedOf(server, `entrega ${(nth += 1)}`);
    proxy.set('none');
    expect(await untilWhole()).toBeLessThan(10_000);
  }, 40_000);
});

if (isChromaServerSupported) {
  describeWithPostgres('Two servers over Postgres and one Chroma', () => {
    it('find each other’s documents, also in collections that the other made', async () => {
      const [chroma, postgres] = await Promise.all([startChromaServer(), startPostgresServer()]);
      const shared = {
        ...{ STORE: 'postgres', DATABASE_URL: postgres.createDatabase().url },
        ...{ VECTOR_INDEX: 'chroma', CHROMA_URL: chroma.url },
      };
      const servers = await Promise.all([AcervoProcess.start(shared), AcervoProcess.start(shared)]);
      try {
        for (const server of servers) await server.ready();
        for (const [at, server] of servers.entries()) {
          const other = servers[1 - at];
          const collection = `feita_por_${at}`;
          const put = { ...note, id: `nota-${at}`, collection };
          expect((await server.post('/documents', put, { prefer: 'wait=20' })).status).toBe(201);
          expect((await other?.post('/documents', { ...put, id: `outra-${at}` }, { prefer: 'wait=20' }))?.status).toBe(
            201,
          );
          for (const one of servers) {
            const found = await one.post<Answer>('/search', { ...question, collection, mode: 'semantic' });
            expect(found.body.results.map(({ document_id: id }) => id).sort()).toEqual([`nota-${at}`, `outra-${at}`]);
          }
        }
      } finally {
        await Promise.all(servers.map(async (server) => server.stop()));
        await Promise.all([chroma.stop(), postgres.stop()]);
      }
    }, 120_000);
  });
}
