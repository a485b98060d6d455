import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Module, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';

import { callContext } from '@acervo/kernel';
import { createLocalEmbedder, type Embedder } from '@acervo/embedding';
import { fail } from '@acervo/problem';
import { ProblemModule } from '@acervo/problem-http';
import {
  CollectionWriter,
  createSqliteDocumentStore,
  DocumentStore,
  EmbeddedVectorIndex,
  RunningJobs,
} from '@acervo/store';

import { DocumentParser } from './document-parser';
import type { IngestModuleOptions } from './ingest-options';
import { IngestModule } from './ingest.module';
import { Ingester } from './ingester';
import { makePdf } from './parsers/sample-files';

interface Answer {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}
const answerOf = async (sent: request.Test): Promise<Answer> => await sent;

type Server = Parameters<typeof request>[0];

describe('the routes of documents, jobs and collections', () => {
  const directory = mkdtempSync(join(tmpdir(), 'acervo-routes-'));
  const spoolDirectory = join(directory, 'uploads');
  const parser = new DocumentParser({ maxFileBytes: 100_000 });
  let store: DocumentStore;
  let vectors: EmbeddedVectorIndex;
  let embedder: Embedder;
  let app: INestApplication;
  let server: Server;

  const startApp = async (options: Partial<IngestModuleOptions> = {}): Promise<INestApplication> => {
    const writer = new CollectionWriter(store, vectors);
    const chunking = { size: 800, overlap: 150 };
    const providers = [
      { provide: DocumentStore, useValue: store },
      { provide: CollectionWriter, useValue: writer },
      { provide: Ingester, useValue: new Ingester({ store, writer, embedder, parser, chunking }) },
      RunningJobs,
    ];
    @Module({})
    class Engines {}
    const engines = { module: Engines, global: true, providers, exports: providers };
    const ingest = IngestModule.forRoot({ spoolDirectory, maxUploadBytes: 100_000, ...options });
    const started = (
      await Test.createTestingModule({ imports: [engines, ProblemModule, ingest] }).compile()
    ).createNestApplication();
    started.useLogger(false);
    await started.listen(0, '127.0.0.1');
    return started;
  };
  const spooled = (): string[] => readdirSync(spoolDirectory);
  const add = (body: object, headers: Record<string, string> = { prefer: 'wait=30' }): request.Test =>
    request(server).post('/documents').set(headers).send(body);

  beforeAll(async () => {
    const sqlite = await createSqliteDocumentStore({ directory: join(directory, 'data') });
    store = sqlite;
    vectors = new EmbeddedVectorIndex({ directory: join(directory, 'vectors'), source: sqlite });
    embedder = createLocalEmbedder({ threads: 1 });
    app = await startApp();
    server = app.getHttpServer() as Server;
  });
  afterAll(async () => {
    await app.close();
    await parser.close();
    await Promise.all([vectors.close(), embedder.close()]);
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('accepts a text, and answers 201 with its address once it is searchable', async () => {
    const text = '# Férias\n\nAs férias são pedidas com trinta dias de antecedência.';
    const answer = await add({ text, id: 'ferias', metadata: { area: 'rh' }, date: '2026-05-01T10:00:00Z' }).expect(
      201,
    );
    expect(answer.headers).toMatchObject({ location: '/documents/ferias', 'preference-applied': 'wait=30' });
    const { body } = await answerOf(request(server).get('/documents/ferias').expect(200));
    expect(body).toMatchObject({
      id: 'ferias',
      title: 'Férias',
      text,
      doc_type: 'markdown',
      language: 'pt',
      date: '2026-05-01',
      metadata: { area: 'rh' },
      chunks: 1,
    });
  });

  it('answers 202 without waiting; the job leads to the document, event by event', async () => {
    const { body, headers } = await answerOf(
      add({ text: 'The import stopped because the disk was full.' }, {}).expect(202),
    );
    const { job_id, document_id } = body as { job_id: string; document_id: string };
    expect(headers['location']).toBe(`/jobs/${job_id}`);
    const events = await request(server).get(`/jobs/${job_id}/events`).expect(200);
    expect(events.headers['content-type']).toMatch('text/event-stream');
    expect(events.text.trim().split('\n').at(-1)).toMatch('"state":"succeeded"');
    const job = await request(server).get(`/jobs/${job_id}`).expect(200);
    expect(job.body).toMatchObject({ kind: 'ingest', state: 'succeeded', result: { document_id, outcome: 'indexed' } });
    await request(server).get(`/documents/${document_id}`).expect(200);
    await request(server).delete(`/jobs/${job_id}`).expect(409);
  });

  it('keeps the same content once', async () => {
    const first = await add({ text: 'One and the same content.' }).expect(201);
    const second = await add({ text: 'One and the same content.' }).expect(201);
    const third = await add({ text: 'One and the same content.', source: 'elsewhere' }).expect(201);
    const ids = [first, second, third].map(({ body }) => (body as { document_id: string }).document_id);
    expect(new Set(ids).size).toBe(1);
  });

  it('answers a repetition with the same Idempotency-Key with the first job, another request with a conflict', async () => {
    const headers = { 'idempotency-key': 'incident-118' };
    const first = await add({ text: 'Incident one hundred and eighteen.' }, headers).expect(202);
    const again = await add({ text: 'Incident one hundred and eighteen.' }, headers).expect(202);
    expect(again.body).toEqual(first.body);
    const conflict = await add({ text: 'Something else.' }, headers).expect(409);
    expect(conflict.body).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('takes files with names in any script, one job each; a bad one does not stop the others', async () => {
    const { body } = await answerOf(
      request(server)
        .post('/documents')
        .field('metadata', '{"team":"platform"}')
        .attach('file', Buffer.from(makePdf(['A page about onboarding'])), 'relatório.pdf')
        .attach('file', Buffer.from('%PDF-1.4 broken'), '../../etc/broken.pdf')
        .expect(202),
    );
    const { jobs } = body as { jobs: { job_id: string; document_id: string }[] };
    const ended = await Promise.all(jobs.map(({ job_id }) => request(server).get(`/jobs/${job_id}/events`)));
    expect(ended.map(({ text }) => /"state":"(?:succeeded|failed)"/.exec(text)?.[0])).toEqual([
      '"state":"succeeded"',
      '"state":"failed"',
    ]);
    expect(ended[1]?.text).toMatch('DOCUMENT_UNREADABLE');
    const good = await request(server)
      .get(`/documents/${jobs[0]?.document_id ?? ''}`)
      .expect(200);
    expect(good.body).toMatchObject({ source: 'relatório.pdf', doc_type: 'pdf', metadata: { team: 'platform' } });
  });

  it('answers who waits for a file that cannot be read with its problem', async () => {
    const { body } = await answerOf(
      request(server)
        .post('/documents')
        .set('prefer', 'wait=30')
        .attach('file', Buffer.from(makePdf(['secret'], { isEncrypted: true })), 'a.pdf')
        .expect(422),
    );
    expect(body).toMatchObject({ code: 'DOCUMENT_ENCRYPTED', detail: expect.stringContaining('password') as string });
  });

  it.each<[string, object]>([
    ['neither text nor file', {}],
    ['an address', { url: 'http://127.0.0.1/secret' }],
    ['an unknown field', { text: 'x', colour: 'red' }],
    ['an empty text', { text: ' \n' }],
    ['a date that is none', { text: 'x', date: '2026-02-30' }],
    ['a path as id', { text: 'x', id: '../x' }],
    ['a path as collection', { text: 'x', collection: '../../x' }],
    ['nested metadata', { text: 'x', metadata: { a: { b: 1 } } }],
  ])('refuses %s with 400', async (_what, body) => {
    expect((await add(body).expect(400)).body).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('refuses a polluting key of metadata', async () => {
    const body = '{"text":"x","metadata":{"__proto__":{"admin":true}}}';
    await request(server).post('/documents').set('content-type', 'application/json').send(body).expect(400);
  });

  it('refuses a file that is too large, a broken form and files under another name, and leaves nothing behind', async () => {
    const big = await request(server)
      .post('/documents')
      .attach('file', Buffer.alloc(100_001, 'x'), 'a.txt')
      .expect(413);
    expect(big.body).toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
    await request(server).post('/documents').attach('other', Buffer.from('x'), 'a.txt').expect(400);
    await request(server)
      .post('/documents')
      .attach('file', Buffer.from('x'), 'a.txt')
      .field('date', 'never')
      .expect(400);
    await request(server)
      .post('/documents')
      .set('content-type', 'multipart/form-data; boundary=b')
      .send('--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx')
      .expect(400);
    expect(spooled()).toEqual([]);
  });

  it('leaves nothing of an upload whose client goes away', async () => {
    const { port } = (app.getHttpServer() as HttpServer).address() as AddressInfo;
    const upload = httpRequest({
      port,
      method: 'POST',
      path: '/documents',
      headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 90_000 },
    });
    upload.on('error', () => undefined);
    upload.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + 'x'.repeat(70_000));
    while (spooled().length === 0) await new Promise(setImmediate);
    upload.destroy();
    await new Promise((resolve) => upload.once('close', resolve));
    while (spooled().length > 0) await new Promise(setImmediate);
    expect(spooled()).toEqual([]);
  });

  it('replaces a document under its id, lists page by page, and removes for good', async () => {
    await request(server)
      .put('/documents/ferias')
      .set('prefer', 'wait=30')
      .send({ text: 'New text of the page.' })
      .expect(201);
    const { body } = await answerOf(request(server).get('/documents?limit=1').expect(200));
    const page = body as { documents: { id: string }[]; cursor: string };
    expect(page.documents).toHaveLength(1);
    const next = await request(server)
      .get(`/documents?limit=1&cursor=${encodeURIComponent(page.cursor)}`)
      .expect(200);
    expect((next.body as typeof page).documents[0]?.id).not.toBe(page.documents[0]?.id);
    await request(server).delete('/documents/ferias').expect(204);
    await request(server).get('/documents/ferias').expect(404);
    await request(server).delete('/documents/ferias').expect(404);
  });

  it('ends the work for a cancelled job of any kind that runs in this process', async () => {
    const id = 'search-job';
    await store.createJob({ id, kind: 'search', input: {} }, callContext(5_000));
    const signal = app.get(RunningJobs).begin(id);
    await request(server).delete(`/jobs/${id}`).expect(200);
    expect(signal.aborted).toBe(true);
  });

  it('keeps a stream of events alive with comments, which no client takes for news', async () => {
    await app.close();
    app = await startApp({ runsJobs: false, heartbeatMs: 5 });
    server = app.getHttpServer() as Server;
    const { body } = await answerOf(add({ text: 'Waits.', id: 'waits' }, {}).expect(202));
    const { port } = (app.getHttpServer() as HttpServer).address() as AddressInfo;
    const follow = httpRequest({
      port,
      path: `/jobs/${(body as { job_id: string }).job_id}/events`,
      agent: false,
    }).end();
    const [stream] = (await once(follow, 'response')) as [IncomingMessage];
    let text = '';
    for await (const part of stream) {
      text += String(part);
      if (text.split(': heartbeat\n\n').length > 3) break;
    }
    expect(text.match(/^event: .*$/gm)).toEqual(['event: job']);
    await request(server).delete('/documents/waits').expect(204);
    await app.close();
    app = await startApp();
    server = app.getHttpServer() as Server;
  });

  it('D7: ends a stream of events with a typed error when the server waits no longer', async () => {
    await app.close();
    const leaving = new AbortController();
    app = await startApp({ runsJobs: false, leaving: leaving.signal });
    server = app.getHttpServer() as Server;
    const { body } = await answerOf(add({ text: 'Waits.', id: 'left' }, {}).expect(202));
    const { port } = (app.getHttpServer() as HttpServer).address() as AddressInfo;
    const path = `/jobs/${(body as { job_id: string }).job_id}/events`;
    const follow = httpRequest({ port, path, agent: false }).end();
    const [stream] = (await once(follow, 'response')) as [IncomingMessage];
    let text = '';
    for await (const part of stream) {
      text += String(part);
      if (text.includes('"state":"queued"')) leaving.abort(fail('SERVER_NOT_READY', 'The server stops.'));
    }
    expect(text.match(/^event: .*$/gm)).toEqual(['event: job', 'event: error']);
    expect(text).toContain('"code":"SERVER_NOT_READY"');
    await request(server).delete('/documents/left').expect(204);
    await app.close();
    app = await startApp();
    server = app.getHttpServer() as Server;
  });

  it('removes what is still on its way in: a job that runs later, or right now, does not bring it back', async () => {
    await app.close();
    app = await startApp({ runsJobs: false });
    server = app.getHttpServer() as Server;
    for (const collection of ['documents_dev', 'not-yet-made']) {
      const { body } = await answerOf(add({ text: 'Gone before it came.', id: 'early', collection }, {}).expect(202));
      await request(server).delete('/documents/early').query({ collection }).expect(204);
      const job = await request(server).get(`/jobs/${(body as { job_id: string }).job_id}`);
      expect(job.body).toMatchObject({ state: 'cancelled', problem: { code: 'JOB_CANCELLED' } });
    }
    expect(spooled()).toEqual([]);

    await add({ text: 'Removed a moment before its commit.', id: 'late' }, {}).expect(202);
    const job = (await store.claimJob(['ingest'], callContext(5_000)))?.id ?? '';
    const item = { id: 'late', hasOwnId: true, source: 'late', path: join(spoolDirectory, job), name: '', given: {} };
    const text = { ...item, format: 'text' as const };
    const run = app.get(Ingester).ingest('documents_dev', [text], callContext(10_000), {
      job,
      isStale: async () => {
        await request(server).delete('/documents/late').expect(204);
        return false;
      },
    });
    await expect(run.next()).rejects.toMatchObject({ code: 'JOB_CANCELLED' });
    await request(server).get('/documents/late').expect(404);
    await request(server).delete('/documents/late').expect(404);
    await app.close();
    app = await startApp();
    server = app.getHttpServer() as Server;
  });

  it('removes a collection with the documents that are on their way into it', async () => {
    await app.close();
    app = await startApp({ runsJobs: false });
    server = app.getHttpServer() as Server;
    const { body } = await answerOf(add({ text: 'Too late.', collection: 'short-lived' }, {}).expect(202));
    await request(server).delete('/collections/short-lived').expect(204);
    const job = await request(server).get(`/jobs/${(body as { job_id: string }).job_id}`);
    expect(job.body).toMatchObject({ state: 'cancelled' });
    await app.close();
    app = await startApp();
    server = app.getHttpServer() as Server;
    await request(server).get('/collections/short-lived').expect(404);
  });

  it('makes, shows and removes collections', async () => {
    await request(server)
      .post('/collections')
      .send({ name: 'handbook' })
      .expect(201)
      .expect('location', '/collections/handbook');
    await request(server).post('/collections').send({ name: 'handbook' }).expect(409);
    const { body } = await answerOf(request(server).get('/collections').expect(200));
    expect((body as { collections: { name: string }[] }).collections.map(({ name }) => name)).toContain('handbook');
    await request(server).delete('/collections/handbook').expect(204);
    await request(server).get('/collections/handbook').expect(404);
    await request(server).get('/documents?collection=handbook').expect(404);
  });

  it('goes on after a restart with what was accepted, and forgets what was cancelled', async () => {
    await app.close();
    app = await startApp({ runsJobs: false });
    server = app.getHttpServer() as Server;
    const kept = await add({ text: 'Accepted before the restart.', id: 'kept' }, {}).expect(202);
    const dropped = await add({ text: 'Cancelled before the restart.', id: 'dropped' }, {}).expect(202);
    const { job_id: keptJob } = kept.body as { job_id: string };
    const { job_id: droppedJob } = dropped.body as { job_id: string };
    const cancelled = await request(server).delete(`/jobs/${droppedJob}`).expect(200);
    expect(cancelled.body).toMatchObject({ state: 'cancelled', problem: { code: 'JOB_CANCELLED' } });
    // As if the process had died in the middle of the work.
    await store.claimJob(['ingest'], callContext(5_000));
    await app.close();

    app = await startApp();
    server = app.getHttpServer() as Server;
    expect((await request(server).get(`/jobs/${keptJob}/events`)).text).toMatch('"state":"succeeded"');
    await request(server).get('/documents/kept').expect(200);
    await request(server).get('/documents/dropped').expect(404);
    expect(spooled()).toEqual([]);
  });
});
