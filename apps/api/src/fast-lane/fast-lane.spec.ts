import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import pino from 'pino';

import { CachedBody, packBodies, TieredCache, type CollectionState } from '@acervo/cache';

import { createIdentification, type Identification } from '@acervo/identity';
import { callContext } from '@acervo/kernel';
import { toProblem } from '@acervo/problem';
import {
  Admission,
  MemoryRateLimitStorage,
  RequestLimiter,
  takenFor,
  writeLimitHeaders,
  type RateLimit,
} from '@acervo/throttle';

import { FastLane } from './fast-lane';
import { refuseShedRequests } from './shed-request';

const body = '{"query":"x"}';
const answer = Buffer.from('{"results":[]}');
const lifetime = { freshMs: 60_000, earlyRefresh: 0 };
const key = 'answer:1';

/** Without what two refusals never share. */
function plain(answer: string): string {
  return answer
    .replace(/(?:Date|Server-Timing): .*\r\n/g, '')
    .replace(/(t=|Retry-After: |in |retryAfterSeconds":)\d+/g, '$1n')
    .replaceAll('"routed"', '"mine"')
    .replace('X-Request-Id: routed', 'X-Request-Id: mine')
    .replace(/Content-Length: \d+/, '');
}

function post(content = body, ...headers: string[]): string {
  const length = `Content-Length: ${Buffer.byteLength(content)}`;
  return ['POST /search HTTP/1.1', 'Host: a', 'Content-Type: application/json', length, ...headers, '', content].join(
    '\r\n',
  );
}

/** Decides in another turn, as Redis does. */
class DistantStorage extends MemoryRateLimitStorage {
  override take(limits: readonly RateLimit[]): never {
    return new Promise((resolve) => {
      setImmediate(() => {
        resolve(super.take(limits));
      });
    }) as never;
  }
}

const storages = [
  ['in memory', () => new MemoryRateLimitStorage()],
  ['elsewhere', () => new DistantStorage()],
] as const;

describe.each(storages)('the fast lane, with limits counted %s', (_where, openStorage) => {
  let generation = 7;
  let routed: string[] = [];
  let broken = 0;
  let shed = 0;
  let log = '';
  let answers: TieredCache;
  let lane: FastLane;
  let limiter: RequestLimiter;
  let admission: Admission;
  /** What computing an answer waits for. */
  let gate: Promise<void>;
  let identification: Identification;
  let server: Server;
  let socket: Socket;

  const state = (): CollectionState => ({ generation, createdAt: 'then' });

  /** What the router stands for: reads the body as the application does, sends what is kept. */
  function router(): express.Express {
    const app = express().disable('x-powered-by').disable('etag');
    app.use((request, response, next) => {
      response.setHeader('X-Request-Id', 'routed').setHeader('Server-Timing', 'total;dur=9');
      refuseShedRequests(request, response, next);
    });
    app.use(express.json());
    app.use(async (request, response) => {
      routed.push(JSON.stringify(request.body ?? null));
      const client = identification.identify(request);
      const search = { limit: 'search', weight: 1, client, route: '' } as const;
      const outcome = takenFor(request) ?? (await limiter.take(search, callContext(5_000)));
      writeLimitHeaders(response, outcome);
      if (outcome.refusal !== undefined) {
        const problem = toProblem(outcome.refusal.error, { instance: request.originalUrl, requestId: 'routed' });
        response.status(429).type('application/problem+json').send(JSON.stringify(problem));
        return;
      }
      await admission.run('search', { ...callContext(5_000), client: client.id }, async () => gate);
      const own = { 'Content-Type': 'application/json', 'Cache-Status': 'acervo; fwd=miss' };
      const sent = new CachedBody(200, own, answer, {
        key,
        collection: 'documents',
        state: state(),
        coding: 'identity',
      });
      sent.send(response);
      lane.remember(request, response, sent);
    });
    app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
      if (response.headersSent) next(error);
      const problem = toProblem(error, { instance: request.originalUrl, requestId: 'routed' });
      if (problem.status === 503) {
        shed += 1;
        response
          .status(503)
          .setHeader('Retry-After', '1')
          .type('application/problem+json')
          .send(JSON.stringify(problem));
        return;
      }
      broken += 1;
      response.status(400).end();
    });
    return app;
  }

  beforeEach(async () => {
    identification = await createIdentification({
      ...{ auth: 'off', directory: '', trustedProxies: [] },
      onFailure: () => undefined,
    });
    generation = 7;
    routed = [];
    broken = 0;
    shed = 0;
    log = '';
    answers = new TieredCache({ schema: 'test/1', memory: { maxEntries: 10, maxBytes: 1 << 20 } });
    answers.setMany([{ key, value: packBodies({ identity: answer }) }], lifetime);
    limiter = new RequestLimiter({
      storage: openStorage(),
      perMinute: { search: 6, chat: 0, research: 0, default: 0 },
    });
    admission = new Admission({ permits: 1, maxWaiting: 2 });
    gate = Promise.resolve();
    const logger = pino({ base: null }, { write: (line) => (log += line) });
    lane = new FastLane({
      generations: { peek: state },
      answers,
      identification,
      limiter,
      doorway: new Admission({ permits: 1, maxWaiting: 2 }),
      timeoutMs: 30_000,
      maxEntries: 10,
      maxBytes: 1 << 20,
      compressFromBytes: 1_000,
      logger,
    });
    const app = router();
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      lane.handle(request, response, () => {
        app(request, response);
      });
    };
    server = createServer(handle).listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
  });
  afterEach(async () => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
    await answers.close();
    await limiter.close();
  });

  /** Until `count` answers of the router's body have come. */
  async function receive(count = 1): Promise<string> {
    let text = '';
    while (text.split(answer.toString()).length <= count)
      text += ((await once(socket, 'data')) as [Buffer])[0].toString();
    return text;
  }
  /** One answer without a body, or with a short one in the same packet. */
  async function receiveHead(): Promise<string> {
    return ((await once(socket, 'data')) as [Buffer])[0].toString();
  }
  async function ask(request: string): Promise<string> {
    socket.write(request);
    return await receive();
  }

  it('repeats the answer of the router, with an id, a time and a state of its own', async () => {
    const first = await ask(post());
    const second = await ask(post(body, 'X-Request-Id: mine'));
    expect(routed).toEqual([body]);
    expect(first).toContain('X-Request-Id: routed');
    expect(second).toMatch(
      /^HTTP\/1\.1 200 OK\r\nX-Request-Id: mine\r\nRateLimit-Policy: "search";q=6;w=60\r\nRateLimit: "search";r=4;t=60\r\n/,
    );
    expect(second).toMatch(
      /\r\nCache-Status: acervo; hit; detail=memory; ttl=5\d\r\nContent-Length: 14\r\nServer-Timing: total;dur=\d+\.\d\r\n/,
    );
    const line = JSON.parse(log) as object;
    expect(line).toMatchObject({ req: { id: 'mine', method: 'POST', url: '/search' }, res: { status: 200 } });
  });

  it('asks the router again when a byte differs', async () => {
    for (const request of [post(), post('{"query":"y"}'), post(body, 'Origin: https://a.example')]) await ask(request);
    expect(routed).toEqual([body, '{"query":"y"}', body]);
  });

  it('asks the router again when the collection has changed, or the answer is gone', async () => {
    await ask(post());
    generation = 8;
    await ask(post());
    generation = 7;
    await ask(post());
    await answers.delete(key);
    await ask(post());
    expect(routed).toHaveLength(4);
  });

  it('leaves an answer that is no longer fresh to the router', async () => {
    await ask(post());
    const value = packBodies({ identity: answer });
    answers.setMany([{ key, value }], { freshMs: 0, staleWhileRevalidateMs: 60_000 });
    await ask(post());
    expect(routed).toHaveLength(2);
  });

  it('hands over a body that came in pieces as it came', async () => {
    for (let round = 0; round < 2; round++) {
      const request = post();
      const cuts = [request.length - body.length, request.length - 5, request.length];
      let from = 0;
      for (const to of cuts) {
        const flushed = new Promise((resolve) => socket.write(request.slice(from, to), resolve));
        await flushed;
        // A tick of the server's own between the pieces.
        await new Promise((resolve) => setImmediate(resolve));
        from = to;
      }
      await receive();
    }
    expect(routed).toEqual([body]);
  });

  it('keeps the order of requests that were sent at once', async () => {
    await ask(post());
    socket.write([post('{"query":"y"}'), post(), post('{"query":"z"}'), post()].join(''));
    const text = await receive(4);
    expect([...text.matchAll(/fwd=miss|; hit/g)].map(([state]) => state)).toEqual([
      'fwd=miss',
      '; hit',
      'fwd=miss',
      '; hit',
    ]);
    expect(routed).toEqual([body, '{"query":"y"}', '{"query":"z"}']);
  });

  it('counts with the router, and refuses in its words', async () => {
    for (let nth = 0; nth < 6; nth++) await ask(post());
    const refused = [];
    for (let nth = 0; nth < 3; nth++) {
      socket.write(post(body, 'X-Request-Id: mine'));
      refused.push(await receiveHead());
    }
    // The first of them it has to learn from the router.
    expect(routed).toHaveLength(2);
    const [learned = '', ...repeated] = refused.map(plain);
    expect(learned).toMatch(/^HTTP\/1\.1 429 /);
    expect(learned).toContain(
      'RateLimit-Policy: "search";q=6;w=60\r\nRateLimit: "search";r=0;t=n\r\nRetry-After: n\r\n',
    );
    expect(repeated).toEqual([learned, learned]);
    const lines = log
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { res?: { status: number } }]));
    expect(lines.filter(({ res }) => res?.status === 429)).toEqual([
      expect.objectContaining({ level: 40, msg: 'request completed' }),
      expect.objectContaining({ level: 40, msg: 'request completed' }),
    ]);
  });

  it('leaves to the router what is refused for another reason', async () => {
    for (let nth = 0; nth < 6; nth++) await ask(post());
    for (const request of [post(), post(), post('{"query"')]) {
      socket.write(request);
      await receiveHead();
    }
    expect(broken).toBe(1);
  });

  it('refuses unknown questions of a client that has nothing left', async () => {
    for (let nth = 0; nth < 6; nth++) await ask(post());
    for (let nth = 0; nth < 5; nth++) {
      socket.write(post(`{"query":"${nth}"}`));
      expect(await receiveHead()).toMatch(/^HTTP\/1\.1 429 /);
    }
    expect(routed).toHaveLength(2);
  });

  it('refuses in the words of the router what would wait in vain, and lets in again when there is room', async () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const answers: string[] = [];
    const others: Socket[] = [];
    const send = async (nth: number): Promise<Socket> => {
      const other = connect((server.address() as AddressInfo).port, '127.0.0.1');
      others.push(other);
      other.on('data', (part: Buffer) => (answers[nth] = (answers[nth] ?? '') + part.toString()));
      const isTaken = new Promise((resolve) => server.once('request', resolve));
      other.write(post(`{"query":"${nth}"}`, 'X-Request-Id: mine'));
      await isTaken;
      return other;
    };
    // One runs and one waits. A third is refused in the words of the router, from which the lane learns to refuse a fourth.
    await send(1);
    await send(2);
    await once(await send(3), 'data');
    await once(await send(4), 'data');
    expect(routed).toHaveLength(1);
    expect(shed).toBe(1);
    expect(answers[3]).toMatch(/^HTTP\/1\.1 503 /);
    const [third, fourth] = [3, 4].map((nth) => plain(answers[nth] ?? '').replace(/r=\d/, 'r=n'));
    expect(fourth).toBe(third);
    const running = others.slice(0, 2).map(async (other) => once(other, 'data'));
    open();
    await Promise.all(running);
    await once(await send(5), 'data');
    expect([1, 2, 5].map((nth) => answers[nth]?.slice(9, 12))).toEqual(['200', '200', '200']);
    for (const other of others) other.destroy();
  });

  it('says so when a client leaves in the middle of its body', async () => {
    const came = once(server, 'request');
    socket.write(post().slice(0, -3));
    const [request] = (await came) as [IncomingMessage];
    const left = new Promise((resolve) => request.once('close', resolve));
    socket.destroy();
    await left;
    await new Promise((resolve) => setImmediate(resolve));
    expect(routed).toEqual([]);
    expect(JSON.parse(log)).toMatchObject({ level: 40, msg: 'request aborted', res: { status: 499 } });
  });
});
