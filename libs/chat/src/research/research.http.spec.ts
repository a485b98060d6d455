import { once } from 'node:events';
import { request as httpRequest } from 'node:http';

import { Module, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Response } from 'express';
import request from 'supertest';
import type { App } from 'supertest/types';

import { ResponseCacheModule, TieredCache } from '@acervo/cache';
import { Embedder } from '@acervo/embedding';
import { startCall, type CallContext } from '@acervo/kernel';
import { ProblemModule } from '@acervo/problem-http';
import { SearchModule } from '@acervo/search';
import { DocumentStore, RunningJobs, VectorIndex } from '@acervo/store';
import { startOpenAiServer, type OpenAiServer } from '@acervo/testing';

import { createOpenAiLanguageModel } from '../adapters/openai/openai-language-model';
import type { LanguageModel } from '../language-model';
import { collection, openResearchFixture, type ResearchFixture } from './research.fixture';
import { ResearchJobs } from './research-jobs';
import { ResearchModule } from './research.module';
import { researchAnswerSchema, type ResearchWireAnswer } from './research.schema';

const lifetime = { freshMs: 600_000, staleWhileRevalidateMs: 60_000, staleIfErrorMs: 600_000, negativeMs: 60_000 };
const question = 'Quantas vagas tem o estacionamento e quando é limpa a máquina de café?';

interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

function eventsIn(text: string): WireEvent[] {
  return [...text.matchAll(/(?:id: (\S+)\n)?event: (\w+)\ndata: (.*)\n\n/g)].map(
    ([, id = '', type = '', data = '']) => ({
      id,
      type,
      data: JSON.parse(data) as unknown,
    }),
  );
}

describe('the research routes', () => {
  let fixture: ResearchFixture;
  let app: INestApplication<App>;

  const start = async (model: LanguageModel): Promise<INestApplication<App>> => {
    const { store, vectorIndex, embedder, quoter } = fixture;
    const engines = [
      { provide: Embedder, useValue: embedder },
      { provide: DocumentStore, useValue: store },
      { provide: VectorIndex, useValue: vectorIndex },
      RunningJobs,
    ];
    @Module({})
    class EnginesModule {}
    const search = SearchModule.forRoot({ defaultCollection: collection });
    const module = await Test.createTestingModule({
      imports: [
        { module: EnginesModule, global: true, providers: engines, exports: engines },
        ResponseCacheModule.forRoot({
          cache: new TieredCache({ schema: 'answer/1', memory: { maxEntries: 100, maxBytes: 8 << 20 } }),
          otherCaches: {},
          generations: {
            peek: (name) => store.peekCollection(name),
            find: async (name, context) => store.findCollection(name, context),
          },
          lifetime,
          compressFromBytes: undefined,
          sharedMaxAgeSeconds: 1,
          edgeStaleSeconds: 1,
        }),
        ProblemModule,
        search,
        ResearchModule.forRoot({
          ...{ search, model, quoter, defaultCollection: collection },
          caps: { maxSeconds: 20, maxSearches: 12, maxTokens: 20_000 },
        }),
      ],
    }).compile();
    const made = module.createNestApplication<INestApplication<App>>({ logger: false });
    made.use((asked: { callContext?: CallContext }, response: Response, next: () => void) => {
      const call = startCall(25_000);
      asked.callContext = call.context;
      response.once('close', () => {
        if (!response.writableFinished) call.cancel();
        call.end();
      });
      next();
    });
    await made.listen(0, '127.0.0.1');
    return made;
  };
  const ask = (body: object, to = app): request.Test => request(to.getHttpServer()).post('/research').send(body);

  beforeAll(async () => {
    fixture = await openResearchFixture();
    app = await start(fixture.quoter);
  });
  afterAll(async () => {
    await app.close();
    await fixture.close();
  });

  it('answer with a report of the documented shape, within the caps', async () => {
    const { status, text } = await ask({ question, budget: { max_searches: 500, max_tokens: 9_000 } });
    expect(status).toBe(200);
    const answer = JSON.parse(text) as ResearchWireAnswer;
    expect(researchAnswerSchema.strict().parse(answer)).toEqual(answer);
    expect(answer.budget).toEqual({ max_seconds: 20, max_searches: 12, max_tokens: 9_000 });
    expect(answer.budget_used.searches).toBe(4);
    expect(answer.citations.map(({ title }) => title).sort()).toEqual(['Copa e refeitório', 'Guia do visitante']);
  });

  it('refuse what they do not know, before anything runs', async () => {
    expect((await ask({ question: '  ' })).body).toMatchObject({ code: 'REQUEST_INVALID' });
    expect((await ask({ question, budget: { max_seconds: 0 } })).body).toMatchObject({
      errors: [{ pointer: '/budget/max_seconds' }],
    });
    expect((await ask({ question, depth: 3 })).status).toBe(400);
    const missing = await ask({ question, collection: 'nowhere', stream: true });
    expect([missing.status, missing.body]).toMatchObject([404, { code: 'COLLECTION_NOT_FOUND' }]);
  });

  it('tell it step by step, the same as the answer in one piece, and again from where a client was', async () => {
    const streamed = await ask({ question, stream: true });
    expect(streamed.headers['content-type']).toContain('text/event-stream');
    const events = eventsIn(streamed.text);
    expect([...new Set(events.map(({ type }) => type))]).toEqual(['plan', 'search', 'finding', 'report', 'done']);
    const whole = (await ask({ question })).body as ResearchWireAnswer;
    const { budget_used: used } = events.at(-1)?.data as ResearchWireAnswer;
    expect(events.at(-1)?.data).toEqual({ ...whole, budget_used: used });
    const text = events.filter(({ type }) => type === 'report').map(({ data }) => (data as { text: string }).text);
    expect(text.join('').trimEnd()).toBe(whole.report);
    const [third] = events.slice(2);
    const again = await ask({ question }).set('Last-Event-ID', third?.id ?? '');
    expect(eventsIn(again.text)).toEqual(events.slice(3));
    const other = await request(app.getHttpServer()).get(`/research/streams/${third?.id.split('.')[0] ?? ''}`);
    expect(eventsIn(other.text)).toEqual(events);
    const gone = await ask({ question }).set('Last-Event-ID', 'nothing.3');
    expect([gone.status, gone.body]).toMatchObject([404, { code: 'STREAM_NOT_FOUND' }]);
  });

  it('do the work of equal questions once, at the same time and later, until the collection changes', async () => {
    const spy = jest.spyOn(fixture.store, 'searchLexical');
    const fresh = 'Quem recebe um crachá e quem limpa a máquina de café?';
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, nth) => ask({ question: fresh, stream: nth % 2 === 0 })),
    );
    const computed = spy.mock.calls.length;
    expect(computed).toBeGreaterThan(0);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { text } = await ask({ question: fresh });
    expect(spy.mock.calls.length).toBe(computed);
    expect(eventsIn(answers[0]?.text ?? '').at(-1)?.data).toEqual(JSON.parse(text));
    await fixture.put({ Mais: ['O porteiro recebe um crachá azul na entrada do prédio.'] });
    await ask({ question: fresh });
    expect(spy.mock.calls.length).toBeGreaterThan(computed);
    spy.mockRestore();
  });

  it('run as a job when that is preferred, with the report as its result', async () => {
    const accepted = await ask({ question }).set('Prefer', 'respond-async');
    const { job_id: id } = accepted.body as { job_id: string };
    expect([accepted.status, accepted.headers['location']]).toEqual([202, `/jobs/${id}`]);
    await app.get(ResearchJobs).idle();
    const job = await fixture.store.findJob(id, fixture.context());
    expect(job).toMatchObject({ kind: 'research', state: 'succeeded', progress: { unit: 'searches' } });
    expect(researchAnswerSchema.parse(job?.result).citations.length).toBeGreaterThan(0);
  });

  describe('over a model that takes its time', () => {
    let server: OpenAiServer;
    let model: LanguageModel;
    let slow: INestApplication<App>;

    beforeAll(async () => {
      server = await startOpenAiServer({ firstTokenMs: 60_000 });
      model = createOpenAiLanguageModel({ apiKey: 'sk', baseUrl: server.baseUrl });
      slow = await start(model);
    });
    afterAll(async () => {
      await slow.close();
      await model.close();
      await server.close();
    });

    it('C10: leave it within 250 ms of the client, streamed or not', async () => {
      for (const stream of [true, false]) {
        const nth = server.requests.length + 1;
        const { port } = new URL(await slow.getUrl());
        const client = httpRequest({
          ...{ host: '127.0.0.1', port, method: 'POST', path: '/research' },
          headers: { 'content-type': 'application/json' },
        });
        client.once('error', () => undefined);
        client.end(JSON.stringify({ question: `Quantas vagas tem o estacionamento? ${nth}`, stream }));
        const received = await server.received(nth);
        const leftMs = performance.now();
        client.destroy();
        expect(await received.outcome).toBe('aborted');
        expect((await received.closedAtMs) - leftMs).toBeLessThan(250);
      }
    });

    it('C10: leave it within 250 ms of the end of their job', async () => {
      const nth = server.requests.length + 1;
      const accepted = await ask({ question: 'Quando fecha o refeitório?' }, slow).set('Prefer', 'respond-async');
      const { job_id: id } = accepted.body as { job_id: string };
      const received = await server.received(nth);
      await fixture.store.updateJob(id, { state: 'cancelled' }, fixture.context());
      const leftMs = performance.now();
      expect(slow.get(RunningJobs).abort(id)).toBe(true);
      expect(await received.outcome).toBe('aborted');
      expect((await received.closedAtMs) - leftMs).toBeLessThan(250);
      await slow.get(ResearchJobs).idle();
      expect(await fixture.store.findJob(id, fixture.context())).toMatchObject({ state: 'cancelled' });
    });

    it('end with their budget although it never answers', async () => {
      const { port } = new URL(await slow.getUrl());
      const client = httpRequest({
        ...{ host: '127.0.0.1', port, method: 'POST', path: '/research' },
        headers: { 'content-type': 'application/json' },
      });
      client.end(JSON.stringify({ question: 'Quando abre o refeitório?', stream: true, budget: { max_seconds: 1 } }));
      const [response] = (await once(client, 'response')) as [NodeJS.ReadableStream];
      let text = '';
      for await (const piece of response) text += String(piece);
      expect(eventsIn(text).at(-1)).toMatchObject({ type: 'done', data: { stopped_by: 'budget' } });
    });
  });
});
