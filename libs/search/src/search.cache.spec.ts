import { Module, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Response } from 'express';
import request, { type Response as Answer } from 'supertest';
import type { App } from 'supertest/types';

import { CachedBody, ResponseCacheModule, TieredCache } from '@acervo/cache';
import { Embedder } from '@acervo/embedding';
import { startCall, type CallContext } from '@acervo/kernel';
import { ProblemModule } from '@acervo/problem-http';
import { DocumentStore, RunningJobs, VectorIndex } from '@acervo/store';

import { SearchJobs } from './search-jobs';
import { SearchModule } from './search.module';
import { fixtureDocument, openSearchFixture, type SearchFixture } from './search.fixture';

class BytesAdapter extends ExpressAdapter {
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (!(body instanceof CachedBody)) return super.reply(response, body, statusCode) as unknown;
    body.send(response);
    return response;
  }
}

const lifetime = { freshMs: 600_000, staleWhileRevalidateMs: 60_000, staleIfErrorMs: 600_000, negativeMs: 60_000 };

describe('the search routes behind a cache', () => {
  let fixture: SearchFixture;
  let app: INestApplication<App>;
  let cache: TieredCache | undefined;
  let clock = 0;

  const start = async (isOn: boolean): Promise<void> => {
    clock = Date.now();
    const { store, vectorIndex, embedder } = fixture;
    cache = isOn
      ? new TieredCache({ schema: 'answer/1', memory: { maxEntries: 100, maxBytes: 8 << 20 }, now: () => clock })
      : undefined;
    const engines = [
      { provide: Embedder, useValue: embedder },
      { provide: DocumentStore, useValue: store },
      { provide: VectorIndex, useValue: vectorIndex },
      RunningJobs,
    ];
    @Module({})
    class EnginesModule {}
    const module = await Test.createTestingModule({
      imports: [
        { module: EnginesModule, global: true, providers: engines, exports: engines },
        ResponseCacheModule.forRoot({
          cache,
          otherCaches: {},
          generations: {
            peek: (name) => store.peekCollection(name),
            find: async (name, context) => store.findCollection(name, context),
          },
          lifetime,
          compressFromBytes: 1_000,
          sharedMaxAgeSeconds: 1,
          edgeStaleSeconds: 1,
        }),
        ProblemModule,
        SearchModule.forRoot({ defaultCollection: 'documents_dev' }),
      ],
    }).compile();
    app = module.createNestApplication<INestApplication<App>>(new BytesAdapter(), { logger: false });
    app.use((request: { callContext?: CallContext }, response: Response, next: () => void) => {
      const call = startCall(10_000);
      request.callContext = call.context;
      response.once('close', () => {
        if (!response.writableFinished) call.cancel();
        call.end();
      });
      next();
    });
    await app.listen(0, '127.0.0.1');
  };

  beforeAll(async () => {
    fixture = await openSearchFixture([
      fixtureDocument('docker', ['Como configurar o Docker em produção.']),
      fixtureDocument(
        'keys',
        Array.from({ length: 5 }, (_, nth) => `How to rotate API keys, part ${nth}.`),
      ),
    ]);
  });
  beforeEach(async () => {
    await start(true);
  });
  afterEach(async () => {
    fixture.embedder.failure = undefined;
    await app.close();
    await cache?.close();
  });
  afterAll(async () => {
    await fixture.close();
  });

  const post = (body: object, headers: Record<string, string> = {}): request.Test =>
    request(app.getHttpServer()).post('/search').set(headers).send(body);
  const get = (query: object, headers: Record<string, string> = {}): request.Test =>
    request(app.getHttpServer()).get('/search').query(query).set(headers);
  const status = ({ headers }: Answer): string => String(headers['cache-status']);

  it('answers an equal search from memory, byte for byte, whatever way it comes', async () => {
    const first = await post({ query: 'Docker' });
    expect(status(first)).toBe('acervo; fwd=miss; stored; ttl=600');
    const calls = fixture.embedder.calls.length;
    clock += 5_000;
    const again = await post({ max_results: 5, query: ' Docker ', collection: 'documents_dev', mode: 'hybrid' });
    expect(status(again)).toBe('acervo; hit; detail=memory; ttl=595');
    const got = await get({ q: 'Docker' });
    expect(status(got)).toBe('acervo; hit; detail=memory; ttl=595');
    const apart = await request(app.getHttpServer()).post('/search-async').send({ query: 'Docker' });
    expect([again.text, got.text, apart.text]).toEqual([first.text, first.text, first.text]);
    expect(fixture.embedder.calls).toHaveLength(calls);
    const other = await post({ query: 'Docker', max_results: 1 });
    expect(status(other)).toContain('fwd=miss');
  });

  it('sends each coding with its own bytes and tag, and compresses once', async () => {
    const query = { q: 'rotate API keys', max_results: 5 };
    const plain = await get(query, { 'Accept-Encoding': 'identity' });
    const zipped = await get(query, { 'Accept-Encoding': 'gzip' });
    const brotli = await get(query, { 'Accept-Encoding': 'gzip;q=0.5, br' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(zipped.text).toBe(plain.text);
    expect(Number(zipped.headers['content-length'])).toBeLessThan(plain.text.length / 2);
    const tags = [plain, zipped, brotli].map(({ headers }) => String(headers['etag']));
    const base = tags[0]?.slice(0, -1) ?? '';
    expect(tags).toEqual([`${base}"`, `${base}-gzip"`, `${base}-br"`]);
    expect(plain.headers['vary']).toContain('Accept-Encoding');
    const head = await request(app.getHttpServer()).head('/search').query(query).set('Accept-Encoding', 'gzip');
    expect(head.headers['content-length']).toBe(zipped.headers['content-length']);
  });

  it('gives 304 to who has the current answer, and a whole one after an update, at once', async () => {
    const first = await get({ q: 'Docker' });
    const tag = String(first.headers['etag']);
    const before = fixture.embedder.calls.length;
    // As `fetch` asks: it adds no-cache to whatever has a condition.
    const condition = { 'If-None-Match': `"other", W/${tag}`, 'Cache-Control': 'no-cache' };
    const unchanged = await get({ q: 'Docker' }, condition);
    expect(unchanged.status).toBe(304);
    expect(unchanged.headers).toMatchObject({
      etag: tag,
      'cache-control': 'public, max-age=0, must-revalidate, s-maxage=1, stale-while-revalidate=1',
      'cache-status': 'acervo; hit; detail=generation',
    });
    expect(fixture.embedder.calls).toHaveLength(before);
    await fixture.writer.apply(
      'documents_dev',
      { put: [fixtureDocument('new', ['Docker em uma linha.'])] },
      fixture.context(),
    );
    const changed = await get({ q: 'Docker' }, { 'If-None-Match': tag });
    expect(changed.status).toBe(200);
    expect(changed.text).toContain('Docker em uma linha.');
    expect(changed.headers['etag']).not.toBe(tag);
    await fixture.writer.apply('documents_dev', { remove: ['new'] }, fixture.context());
    expect((await post({ query: 'Docker' })).text).not.toContain('Docker em uma linha.');
  });

  it('tells other caches what they may do, and keeps answers of key holders out of shared ones', async () => {
    const open = await get({ q: 'Docker' });
    expect(open.headers).toMatchObject({
      'cdn-cache-control': 'max-age=1, stale-while-revalidate=1',
      'surrogate-key': 'acervo collection-documents_dev',
      'cache-tag': 'acervo,collection-documents_dev',
    });
    const withKey = await get({ q: 'Docker' }, { Authorization: 'Bearer k' });
    expect(withKey.headers['cache-control']).toBe('private, max-age=0, must-revalidate');
    expect(withKey.headers['cdn-cache-control']).toBeUndefined();
    expect(open.headers['vary']).toContain('Authorization');
  });

  it('follows no-cache, no-store and only-if-cached', async () => {
    const missing = await post({ query: 'Docker' }, { 'Cache-Control': 'only-if-cached' });
    expect(missing.body).toMatchObject({ status: 504, code: 'CACHE_ONLY_MISS' });
    const unstored = await post({ query: 'Docker' }, { 'Cache-Control': 'no-store' });
    expect(status(unstored)).toBe('acervo; fwd=bypass');
    expect(status(await post({ query: 'Docker' }))).toContain('fwd=miss');
    const before = fixture.embedder.calls.length;
    const renewed = await post({ query: 'Docker' }, { 'Cache-Control': 'no-cache' });
    expect(status(renewed)).toBe('acervo; fwd=request; stored; ttl=600');
    expect(fixture.embedder.calls).toHaveLength(before + 1);
    const kept = await post({ query: 'Docker' }, { 'Cache-Control': 'only-if-cached' });
    expect(status(kept)).toMatch(/^acervo; hit; detail=memory/);
  });

  it('keeps nothing that is partial and no error, and passes by what is invalid', async () => {
    fixture.embedder.failure = new Error('model away');
    const partial = await get({ q: 'Docker' });
    expect(partial.body).toMatchObject({ degraded: ['semantic_unavailable'] });
    expect(partial.headers).toMatchObject({ 'cache-status': 'acervo; fwd=miss', 'cache-control': 'no-store' });
    expect(partial.headers['etag']).toBeUndefined();
    expect((await post({ query: 'Docker', mode: 'semantic' })).status).toBe(503);
    fixture.embedder.failure = undefined;
    expect((await post({ query: 'Docker' })).body).toMatchObject({ degraded: [] });
    expect((await post({ query: 'Docker', mode: 'semantic' })).status).toBe(200);
    const invalid = await post({ query: 'Docker', max_results: 0 });
    expect([invalid.status, status(invalid)]).toEqual([400, 'acervo; fwd=bypass']);
    expect((await post({ query: 'Docker', collection: 'nowhere' })).status).toBe(404);
  });

  it('hands out an answer past its life while it makes a new one, and a whole older one instead of a partial one', async () => {
    await post({ query: 'Docker' });
    clock += 610_000;
    const before = fixture.embedder.calls.length;
    const stale = await post({ query: 'Docker' });
    expect(status(stale)).toBe('acervo; fwd=stale; detail=memory; ttl=-10');
    while (fixture.embedder.calls.length === before) await new Promise(setImmediate);
    for (let answer = stale; !status(answer).includes('ttl=600');) answer = await post({ query: 'Docker' });
    expect((await cache?.stats())?.failedRefreshes).toBe(0);
    clock += 700_000;
    fixture.embedder.failure = new Error('model away');
    const older = await post({ query: 'Docker' });
    expect(older.body).toMatchObject({ degraded: [] });
    expect(status(older)).toContain('fwd=stale');
  });

  it('B1: computes 1,000 equal searches at once only once', async () => {
    const vectors = jest.spyOn(fixture.vectorIndex, 'search');
    const before = fixture.embedder.calls.length;
    const url = `${await app.getUrl()}/search`;
    const body = JSON.stringify({ query: 'como configurar' });
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
        return `${answer.status} ${await answer.text()}`;
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(fixture.embedder.calls.length - before).toBe(1);
    expect(vectors).toHaveBeenCalledTimes(1);
    vectors.mockRestore();
  });

  it('B3: goes on for those who wait when the first client leaves, and ends when all have left', async () => {
    const { embedder } = fixture;
    const embedBatch = embedder.embedBatch.bind(embedder);
    let release: () => void = () => undefined;
    const signals: AbortSignal[] = [];
    const held = jest.spyOn(embedder, 'embedBatch').mockImplementation(async (...given: unknown[]) => {
      signals.push((given[2] as CallContext).signal);
      await new Promise<void>((resolve) => (release = resolve));
      return await embedBatch(given[0] as string[]);
    });
    const asked = jest.spyOn(cache as TieredCache, 'getOrCompute');
    const url = `${await app.getUrl()}/search?q=quem+espera`;
    const ask = (): { answer: Promise<number | undefined>; leave: () => void } => {
      const client = new AbortController();
      const answer = fetch(url, { signal: client.signal }).then(
        ({ status: code }) => code,
        () => undefined,
      );
      return {
        answer,
        leave: () => {
          client.abort();
        },
      };
    };
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise(setImmediate);
    };

    const first = ask();
    await until(() => signals.length === 1);
    const second = ask();
    await until(() => asked.mock.calls.length === 2);
    first.leave();
    await until(() => asked.mock.calls[0]?.[1].signal.aborted === true);
    release();
    expect([await first.answer, await second.answer]).toEqual([undefined, 200]);
    expect(held).toHaveBeenCalledTimes(1);

    await cache?.clear('');
    const [third, fourth] = [ask(), ask()];
    await until(() => signals.length === 2 && asked.mock.calls.length === 4);
    third.leave();
    fourth.leave();
    await until(() => signals[1]?.aborted === true);
    release();
    held.mockRestore();
    expect(status(await get({ q: 'quem espera' }))).toContain('fwd=miss');
  });

  it('shares its answers with batches and jobs', async () => {
    const alone = await post({ query: 'Docker' });
    const before = fixture.embedder.calls.length;
    const batch = async (headers: Record<string, string> = {}): Promise<Answer> =>
      request(app.getHttpServer())
        .post('/batch-search')
        .set(headers)
        .send([{ query: 'Docker' }, {}, { query: 'API keys' }, { query: 'Docker' }]);
    const first = await batch();
    expect(fixture.embedder.calls.slice(before)).toEqual([['API keys']]);
    expect(first.text).toContain(alone.text);
    expect((await batch()).text).toBe(first.text);
    expect(fixture.embedder.calls).toHaveLength(before + 1);
    expect(status(await post({ query: 'API keys' }))).toContain('hit');
    expect((await batch({ 'Cache-Control': 'no-store' })).text).toBe(first.text);
    expect(fixture.embedder.calls).toHaveLength(before + 2);

    const accepted = await request(app.getHttpServer())
      .post('/search-async')
      .set('Prefer', 'respond-async')
      .send({ query: 'Docker' });
    await app.get(SearchJobs).idle();
    const { job_id: id } = accepted.body as { job_id: string };
    expect(await fixture.store.findJob(id, fixture.context())).toMatchObject({ result: alone.body as unknown });
    expect(fixture.embedder.calls).toHaveLength(before + 2);
  });

  it('shows what it holds and forgets it when asked to', async () => {
    await post({ query: 'Docker' });
    await post({ query: 'Docker' });
    const overview = await request(app.getHttpServer()).get('/cache');
    expect(overview.body).toMatchObject({
      caches: { answers: { hits: 1, misses: 1, hit_ratio: 0.5, tiers: [{ tier: 'memory', entries: 1 }] } },
    });
    const clear = async (query: object): Promise<number> =>
      (await request(app.getHttpServer()).delete('/cache').query(query)).status;
    expect(await clear({ collection: 'other' })).toBe(204);
    expect(status(await post({ query: 'Docker' }))).toContain('hit');
    expect(await clear({ collection: 'documents_dev' })).toBe(204);
    expect(status(await post({ query: 'Docker' }))).toContain('fwd=miss');
    expect(await clear({})).toBe(204);
    expect(status(await post({ query: 'Docker' }))).toContain('fwd=miss');
    expect(await clear({ kind: 'x' })).toBe(400);
  });

  it('gives tags and 304 without a cache, and the same bytes', async () => {
    const cached = await get({ q: 'Docker' });
    await app.close();
    await start(false);
    const uncached = await get({ q: 'Docker' });
    expect(uncached.text).toBe(cached.text);
    expect(uncached.headers['etag']).toBe(cached.headers['etag']);
    expect(status(uncached)).toBe('acervo; fwd=bypass');
    expect((await get({ q: 'Docker' }, { 'If-None-Match': String(cached.headers['etag']) })).status).toBe(304);
    expect((await request(app.getHttpServer()).get('/cache')).body).toEqual({ caches: {} });
  });
});
