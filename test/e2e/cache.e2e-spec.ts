import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, RESP_TYPES } from 'redis';

import { describeWithRedis, startRedisServer, until, type RedisServer } from '@acervo/testing';

import { AcervoProcess, type Answer } from './acervo-process';

interface Found {
  readonly generation: number;
  readonly results: readonly { readonly text: string }[];
}
interface Overview {
  readonly caches: Record<
    string,
    { readonly tiers: readonly { tier: string; entries?: number; available: boolean }[] }
  >;
}

const wait = { prefer: 'wait=30' };
const question = { query: 'Quem guarda a chave do cofre?' };
const canary = 'canario-7f3a91';
const status = ({ headers }: Answer<unknown>): string => headers.get('cache-status') ?? '';

const running: AcervoProcess[] = [];

async function start(variables: Record<string, string> = {}): Promise<AcervoProcess> {
  const server = await AcervoProcess.start(variables);
  running.push(server);
  await server.ready();
  return server;
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function addDocument(server: AcervoProcess, id: string, text: string): Promise<void> {
  expect((await server.post('/documents', { id, title: id, text }, wait)).status).toBe(201);
}

async function filesOf(directory: string): Promise<Buffer> {
  const names = await readdir(directory);
  return Buffer.concat(await Promise.all(names.map(async (name) => readFile(join(directory, name)))));
}

describe('answers over a restart', () => {
  it('come from the disk, byte for byte, and are new at once after a change', async () => {
    const first = await start();
    await addDocument(first, 'cofre', 'A chave do cofre fica com a contadora.');
    const addedAt = performance.now();
    await until(
      'the clearing after the commits is over and an answer is kept',
      async () => {
        const answer = await first.post('/search', question);
        return status(answer).includes('; hit') && performance.now() - addedAt > 1_000;
      },
      10_000,
    );
    const before = await first.post<Found>('/search', question);
    await until(
      'the answer is on the disk',
      async () => {
        const { body } = await first.get<Overview>('/cache');
        return (body.caches['answers']?.tiers.find(({ tier }) => tier === 'disk')?.entries ?? 0) > 1;
      },
      10_000,
    );
    expect(await first.stop()).toBe(0);

    const second = await start({ DATA_DIR: first.dataDirectory });
    const after = await second.post<Found>('/search', question);
    expect(after.body).toEqual(before.body);
    expect(status(after)).toMatch(/^acervo; hit; detail=disk; ttl=\d+$/);
    expect(status(await second.post('/search', question))).toMatch(/^acervo; hit; detail=memory; ttl=\d+$/);
    await addDocument(second, 'reserva', 'Uma segunda chave do cofre fica com o vigia.');
    const changed = await second.post<Found>('/search', question);
    expect(changed.body.generation).toBeGreaterThan(before.body.generation);
    expect(changed.body.results).toHaveLength(2);
  }, 120_000);

  it('are the same with every cache off, where nothing is written', async () => {
    const server = await start({ ENABLE_CACHE: 'false', REDIS_URL: 'redis://127.0.0.1:1' });
    await addDocument(server, 'cofre', 'A chave do cofre fica com a contadora.');
    for (let nth = 0; nth < 2; nth++) expect(status(await server.post('/search', question))).toBe('acervo; fwd=bypass');
    const { headers } = await server.get('/search?q=cofre');
    const unchanged = await server.get('/search?q=cofre', { 'if-none-match': headers.get('etag') ?? '' });
    expect(unchanged.status).toBe(304);
    expect((await server.get('/cache')).body).toEqual({ caches: {} });
    expect(await readdir(server.dataDirectory)).not.toContain('cache');
  }, 60_000);
});

describeWithRedis('answers in Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(async () => {
    await redis.stop();
  });

  const redisValues = async (): Promise<Buffer[]> => {
    const client = createClient({ url: redis.url }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    await client.connect();
    const keys = await client.keys('*');
    const values = await Promise.all(keys.map(async (key) => client.get(key)));
    // -1: for ever. -2: gone meanwhile, such as a lease.
    for (const key of keys) expect(await client.pTTL(key)).not.toBe(-1);
    client.destroy();
    return values.flatMap((value) => (value === null ? [] : [value]));
  };

  it('A9: a deleted text is in no answer and in no tier once the deletion is answered', async () => {
    const server = await start({ REDIS_URL: redis.url });
    await addDocument(server, 'cofre', 'A chave do cofre fica com a contadora.');
    await addDocument(server, 'segredo', `A senha do cofre é ${canary}.`);
    const ways: (() => Promise<Answer<unknown>>)[] = [
      async () => server.post('/search', question),
      async () => server.get('/search?q=senha+do+cofre'),
      async () => server.post('/batch-search', [question, { query: 'senha' }]),
      async () => server.post('/search-async', { query: 'qual é a senha' }),
    ];
    // Until the clearing after the last commit is over and what is kept has reached every tier.
    await until(
      'every tier holds the text',
      async () => {
        for (const way of ways) expect(JSON.stringify((await way()).body)).toContain(canary);
        const inRedis = (await redisValues()).some((value) => value.includes(canary));
        return inRedis && (await filesOf(join(server.dataDirectory, 'cache'))).includes(canary);
      },
      10_000,
    );

    expect((await server.request('DELETE', '/documents/segredo')).status).toBe(204);
    expect((await redisValues()).some((value) => value.includes(canary))).toBe(false);
    expect((await filesOf(join(server.dataDirectory, 'cache'))).includes(canary)).toBe(false);
    for (const way of ways) expect(JSON.stringify((await way()).body)).not.toContain(canary);
  }, 60_000);

  it('B4: a Redis that is not there fails no request, at the start or later', async () => {
    const spare = await startRedisServer();
    const server = await start({ REDIS_URL: spare.url, CACHE_DISK_MEGABYTES: '0' });
    await addDocument(server, 'cofre', 'A chave do cofre fica com a contadora.');
    await spare.stop();
    for (let nth = 0; nth < 5; nth++) {
      const answer = await server.post<Found>('/search', { ...question, max_results: nth + 1 });
      expect([answer.status, answer.body.results.length]).toEqual([200, 1]);
    }
    const started = performance.now();
    expect((await server.request('DELETE', '/documents/cofre')).status).toBe(204);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect((await server.post<Found>('/search', question)).body.results).toEqual([]);
    expect((await server.request('DELETE', '/cache')).body).toMatchObject({ code: 'CACHE_NOT_CLEARED' });

    const without = await start({ REDIS_URL: spare.url });
    expect((await without.post('/search', question)).status).toBe(200);
  }, 120_000);
});
