import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { loadConfig } from '@acervo/config';
import { callContext, seededRandom } from '@acervo/kernel';
import { startOpenAiServer, type OpenAiServer, type RecordedRequest } from '@acervo/testing';

import { startServer, type RunningServer } from './bootstrap';
import { openEngines, type Engines } from './engines';
import { createLogger } from './logger';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** On a whole server in this process, whose embedding server hangs. */
describe('C10: clients that leave', () => {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-leaving-'));
  let upstream: OpenAiServer;
  let engines: Engines;
  let server: RunningServer;
  let port: number;

  beforeAll(async () => {
    upstream = await startOpenAiServer();
    const { config } = loadConfig({
      DATA_DIR: directory,
      PORT: '0',
      EMBEDDING_PROVIDER: 'openai',
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: upstream.baseUrl,
      LIMIT_SEARCH_PER_MINUTE: '0',
      LOG_LEVEL: 'silent',
    });
    const logger = createLogger(config);
    engines = await openEngines(config, logger);
    await engines.ingester.ensureCollection(config.COLLECTION_NAME, callContext(20_000));
    server = await startServer(config, engines, logger);
    port = Number(new URL(server.url).port);
  });
  afterAll(async () => {
    await server.app.close();
    await engines.close();
    await upstream.close();
    rmSync(directory, { recursive: true });
  });

  let asked = 0;
  const ask = async (): Promise<Socket> => {
    const body = JSON.stringify({ query: `question ${(asked += 1)}` });
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    const head = `POST /search HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    socket.write(`${head}\r\n\r\n${body}`);
    return socket;
  };
  const settled = async (): Promise<void> => {
    for (let nth = 0; nth < 500; nth += 1) {
      const { running, waiting } = engines.admission.load;
      if (running === 0 && waiting === 0 && (await openConnections()) === 0) return;
      await delay(10);
    }
  };
  /** What the server upstream has recorded is no memory of ours. */
  const forgetRequests = async (): Promise<void> => {
    const requests = upstream.requests as RecordedRequest[];
    for (const { outcome } of requests) expect(await outcome).toBe('aborted');
    requests.length = 0;
  };
  const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

  const openConnections = async (): Promise<number> =>
    await new Promise((resolve) => {
      server.app.getHttpServer().getConnections((_error: Error | null, count: number) => {
        resolve(count);
      });
    });

  it('end the work for them upstream within 250 ms', async () => {
    const tookMs: number[] = [];
    for (let nth = 0; nth < 11; nth += 1) {
      upstream.script({ kind: 'hang' });
      const arrived = upstream.received(upstream.requests.length + 1);
      const client = await ask();
      const request = await arrived;
      expect(engines.admission.load.running).toBe(1);
      const leftMs = performance.now();
      client.destroy();
      expect(await request.outcome).toBe('aborted');
      tookMs.push(performance.now() - leftMs);
      await settled();
      expect(engines.admission.load).toMatchObject({ running: 0, waiting: 0 });
    }
    // The machine of a test may be busy with others: the middle one.
    expect(tookMs.sort((one, other) => one - other)[5]).toBeLessThan(250);
  });

  it('leave nothing behind, wherever ten thousand of them leave', async () => {
    const clients = 10_000;
    const atOnce = 25;
    upstream.script(...Array.from({ length: clients }, () => ({ kind: 'hang' as const })));
    const random = seededRandom(10);
    /** The first leaves when some are computed, some wait, and the rest is at the door; or all leave on their way there. */
    const wave = async (nth: number): Promise<void> => {
      const here = await Promise.all(Array.from({ length: atOnce }, ask));
      for (
        let turn = 0;
        nth % 2 === 0 && turn < 1_000 && engines.admission.load.waiting < engines.admission.load.permits;
        turn += 1
      )
        await new Promise(setImmediate);
      for (const client of here.sort(() => random() - 0.5)) {
        if (random() < 0.2) await new Promise(setImmediate);
        client.destroy();
      }
    };
    for (let nth = 0; nth < 20; nth += 1) await wave(nth);
    await settled();
    await forgetRequests();
    collectGarbage();
    const before = { heap: process.memoryUsage().heapUsed, sockets: openSockets(), load: engines.admission.load };
    for (let nth = 20; nth < clients / atOnce; nth += 1) {
      await wave(nth);
      if (nth % 20 === 0) await forgetRequests();
    }
    await settled();
    await forgetRequests();
    collectGarbage();
    const { load } = engines.admission;
    expect(load).toMatchObject({ running: 0, waiting: 0 });
    // Some left while they waited, and some while they were computed.
    expect(load.left).toBeGreaterThan(before.load.left);
    expect(load.admitted).toBeGreaterThan(before.load.admitted);
    // The embedder keeps a few connections to its server.
    expect(openSockets()).toBeLessThanOrEqual(before.sockets + 8);
    expect(await openConnections()).toBe(0);
    expect((process.memoryUsage().heapUsed - before.heap) / 2 ** 20).toBeLessThan(32);
  }, 180_000);
});
