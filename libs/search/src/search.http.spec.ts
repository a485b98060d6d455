import { Logger, Module, type INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import type { App } from 'supertest/types';

import { Embedder } from '@acervo/embedding';
import { callContext, untilEnded } from '@acervo/kernel';
import { ProblemModule } from '@acervo/problem-http';
import { DocumentStore, RunningJobs, VectorIndex } from '@acervo/store';

import { searchAnswerSchema } from './search-answer.schema';
import { SearchJobs } from './search-jobs';
import { SearchModule } from './search.module';
import { fixtureDocument, openSearchFixture, type SearchFixture } from './search.fixture';

describe('the search routes', () => {
  let fixture: SearchFixture;
  let app: INestApplication<App>;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    fixture = await openSearchFixture([
      fixtureDocument('docker', ['Como configurar o Docker em produção.']),
      fixtureDocument('keys', ['How to rotate API keys.']),
    ]);

    const engines = [
      { provide: Embedder, useValue: fixture.embedder },
      { provide: DocumentStore, useValue: fixture.store },
      { provide: VectorIndex, useValue: fixture.vectorIndex },
      RunningJobs,
    ];
    @Module({})
    class EnginesModule {}
    const module = await Test.createTestingModule({
      imports: [
        { module: EnginesModule, global: true, providers: engines, exports: engines },
        ProblemModule,
        SearchModule.forRoot({ defaultCollection: 'documents_dev', maxQueuedJobs: 2 }),
      ],
    }).compile();
    app = module.createNestApplication<INestApplication<App>>();
    await app.init();
  });

  afterAll(async () => {
    await app.close();
    await fixture.close();
  });

  it('answers POST and GET alike, with the times of the stages', async () => {
    const posted = await request(app.getHttpServer()).post('/search').send({ query: 'Docker', max_results: 1 });
    const got = await request(app.getHttpServer()).get('/search').query({ q: 'Docker', max_results: 1 });
    expect(posted.status).toBe(200);
    expect(searchAnswerSchema.parse(posted.body)).toEqual(posted.body);
    expect(got.body).toEqual(posted.body);
    expect(posted.headers['server-timing']).toMatch(/embed;dur=/);
  });

  it('refuses an invalid body with a pointer', async () => {
    const refused = await request(app.getHttpServer()).post('/search').send({ query: 'a', max_results: 0 });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ pointer: '/max_results' }] });
  });

  it('takes a batch bare or wrapped', async () => {
    const bare = await request(app.getHttpServer())
      .post('/batch-search')
      .send([{ query: 'Docker' }, {}]);
    const wrapped = await request(app.getHttpServer())
      .post('/batch-search')
      .send({ requests: [{ query: 'Docker' }, {}] });
    expect(bare.status).toBe(200);
    expect(bare.body).toEqual(wrapped.body);
    expect(bare.body).toMatchObject({ results: [{ query: 'Docker' }, { code: 'REQUEST_INVALID' }] });
    expect((await request(app.getHttpServer()).post('/batch-search').send([])).status).toBe(400);
    const tooMany = Array.from({ length: 101 }, () => ({ query: 'a' }));
    expect((await request(app.getHttpServer()).post('/batch-search').send(tooMany)).status).toBe(400);
  });

  it('computes a preferred job off the request path', async () => {
    const accepted = await request(app.getHttpServer())
      .post('/search-async')
      .set('Prefer', 'respond-async, wait=5')
      .send({ query: 'Docker' });
    expect(accepted.status).toBe(202);
    const { job_id: id } = accepted.body as { job_id: string };
    expect(accepted.headers['location']).toBe(`/jobs/${id}`);
    await app.get(SearchJobs).idle();
    const direct = await request(app.getHttpServer()).post('/search-async').send({ query: 'Docker' });
    expect(direct.status).toBe(200);
    expect(await fixture.store.findJob(id, fixture.context())).toMatchObject({
      state: 'succeeded',
      result: direct.body as unknown,
    });
  });

  it('leaves a job cancelled that was cancelled while it ran', async () => {
    let letGo: () => void = () => undefined;
    let hasBegun: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    const fetchChunks = fixture.store.fetchChunks.bind(fixture.store);
    jest.spyOn(fixture.store, 'fetchChunks').mockImplementationOnce(async (...given) => {
      hasBegun();
      await held;
      return await fetchChunks(...given);
    });
    const accepted = await request(app.getHttpServer())
      .post('/search-async')
      .set('Prefer', 'respond-async')
      .send({ query: 'Docker' });
    const { job_id: id } = accepted.body as { job_id: string };
    await begun;
    await fixture.store.updateJob(id, { state: 'cancelled' }, fixture.context());
    letGo();
    await app.get(SearchJobs).idle();
    expect(await fixture.store.findJob(id, fixture.context())).toMatchObject({ state: 'cancelled' });
  });

  it('ends a running job as soon as it is cancelled, not at its deadline', async () => {
    const { embedder, store, context } = fixture;
    const before = embedder.calls.length;
    embedder.isHung = true;
    const accepted = await request(app.getHttpServer())
      .post('/search-async')
      .set('Prefer', 'respond-async')
      .send({ query: 'Docker at last', mode: 'semantic' });
    const { job_id: id } = accepted.body as { job_id: string };
    while (embedder.calls.length === before) await new Promise(setImmediate);
    await store.updateJob(id, { state: 'cancelled' }, context());
    expect(app.get(RunningJobs).abort(id)).toBe(true);
    await untilEnded(app.get(SearchJobs).idle(), callContext(10_000));
    embedder.isHung = false;
    expect(await store.findJob(id, context())).toMatchObject({ state: 'cancelled' });
    expect(app.get(RunningJobs).abort(id)).toBe(false);
  });

  it('keeps the problem of a job that failed', async () => {
    const accepted = await request(app.getHttpServer())
      .post('/search-async')
      .set('Prefer', 'respond-async')
      .send({ query: 'Docker', collection: 'nowhere' });
    await app.get(SearchJobs).idle();
    const { job_id: id } = accepted.body as { job_id: string };
    expect(await fixture.store.findJob(id, fixture.context())).toMatchObject({
      state: 'failed',
      problem: { code: 'COLLECTION_NOT_FOUND' },
    });
  });

  it('describes itself with schemas and examples', () => {
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/search', '/search-async', '/batch-search']));
    const body = JSON.stringify(paths['/search']?.post?.requestBody);
    expect(body).toContain('max_results');
    expect(body).toContain('Como configurar Docker?');
    expect(JSON.stringify(paths['/search']?.post?.responses)).toContain('document_id');
    expect(JSON.stringify(paths['/search']?.get?.parameters)).toContain('date_from');
    expect(JSON.stringify(paths['/batch-search']?.post?.requestBody)).toContain('group_by_document');
  });
});
