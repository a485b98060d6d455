import { mkdtemp, readFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AcervoProcess, repositoryRoot } from './acervo-process';

const entry = join(repositoryRoot, 'dist', 'apps', 'cli', 'src', 'main.js');

describe('an empty server', () => {
  let server: AcervoProcess;
  beforeAll(async () => {
    server = await AcervoProcess.start({ MAX_BODY_MEGABYTES: '1', CORS_ORIGINS: 'https://app.example.com' });
    await server.ready();
  });
  afterAll(() => server.stop());

  it('is alive, ready and healthy, part by part', async () => {
    expect((await server.get('/health/live')).body).toEqual({ status: 'ok' });
    expect((await server.get('/health/ready')).body).toEqual({ status: 'ok', degraded: [] });
    const health = await server.get<{ status: string; details: object }>('/health');
    expect(health.body.status).toBe('ok');
    expect(Object.keys(health.body.details).sort()).toEqual(['disk', 'model', 'store', 'vector_index']);
  });

  it('answers a search over nothing with nothing', async () => {
    const { status, body } = await server.post<{ results: unknown[] }>('/search', { query: 'anything' });
    expect(status).toBe(200);
    expect(body.results).toEqual([]);
  });

  it('serves Swagger UI, its document and the front door', async () => {
    expect((await server.get('/')).body).toMatchObject({ name: 'acervo', docs: '/docs', openapi: '/docs-json' });
    expect((await server.get<string>('/docs')).body).toContain('swagger-ui');
    const { body } = await server.get<{ paths: Record<string, unknown> }>('/docs-json');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/search',
        '/batch-search',
        '/search-async',
        '/documents',
        '/jobs/{id}',
        '/collections',
        '/health',
      ]),
    );
  });

  it('names every request, keeping a sane id of the client and replacing any other', async () => {
    expect((await server.get('/health', { 'x-request-id': 'abc-1' })).headers.get('x-request-id')).toBe('abc-1');
    const forged = await server.get('/health', { 'x-request-id': 'x y"\\' });
    expect(forged.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says how long each answer took', async () => {
    const { headers } = await server.post('/search', { query: 'tempo' });
    expect(headers.get('server-timing')).toMatch(/total;dur=\d/);
  });

  it('lets configured origins read its answers, errors too', async () => {
    const origin = { origin: 'https://app.example.com' };
    const { headers } = await server.post('/search', {}, origin);
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    const foreign = await server.post('/search', {}, { origin: 'https://evil.example.com' });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('explains each code where the type of a problem leads', async () => {
    const { body: problem } = await server.get<{ type: string; code: string }>('/nowhere');
    expect(problem.code).toBe('ROUTE_NOT_FOUND');
    expect((await server.get<{ code: string }>(problem.type)).body.code).toBe('ROUTE_NOT_FOUND');
  });

  it.each([
    ['a wrong path', 'GET', '/serach', undefined, {}, 404, 'ROUTE_NOT_FOUND'],
    ['a wrong method', 'PUT', '/search', { query: 'x' }, {}, 405, 'METHOD_NOT_ALLOWED'],
    ['no body', 'POST', '/search', undefined, {}, 400, 'REQUEST_INVALID'],
    [
      'broken JSON',
      'POST',
      '/search',
      '{"query":',
      { 'content-type': 'application/json' },
      400,
      'REQUEST_MALFORMED_JSON',
    ],
    [
      'a bare string',
      'POST',
      '/search',
      '"docker"',
      { 'content-type': 'application/json' },
      400,
      'REQUEST_MALFORMED_JSON',
    ],
    [
      'a form',
      'POST',
      '/search',
      'query=x',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'REQUEST_MEDIA_TYPE_UNSUPPORTED',
    ],
    [
      'a foreign encoding',
      'POST',
      '/search',
      '{}',
      { 'content-type': 'application/json', 'content-encoding': 'zip' },
      415,
      'REQUEST_MEDIA_TYPE_UNSUPPORTED',
    ],
    [
      'a huge body',
      'POST',
      '/search',
      `{"query":"${'x'.repeat(1_100_000)}"}`,
      { 'content-type': 'application/json' },
      413,
      'REQUEST_TOO_LARGE',
    ],
    ['an unknown field', 'POST', '/search', { query: 'x', max_result: 5 }, {}, 400, 'REQUEST_INVALID'],
    ['an empty query', 'POST', '/search', { query: '   ' }, {}, 400, 'REQUEST_INVALID'],
    ['too long a query', 'POST', '/search', { query: 'x'.repeat(2_001) }, {}, 400, 'REQUEST_INVALID'],
    ['too many results', 'POST', '/search', { query: 'x', max_results: 101 }, {}, 400, 'REQUEST_INVALID'],
    ['a negative offset', 'POST', '/search', { query: 'x', offset: -1 }, {}, 400, 'REQUEST_INVALID'],
    ['an unknown mode', 'POST', '/search', { query: 'x', mode: 'magic' }, {}, 400, 'REQUEST_INVALID'],
    [
      'an impossible date',
      'POST',
      '/search',
      { query: 'x', filters: { date_range: { start: '2025-13-01' } } },
      {},
      400,
      'REQUEST_INVALID',
    ],
    [
      'a foreign operator',
      'POST',
      '/search',
      { query: 'x', filters: { metadata: { a: { $where: '1' } } } },
      {},
      400,
      'REQUEST_INVALID',
    ],
    [
      '__proto__',
      'POST',
      '/search',
      '{"query":"x","__proto__":{"a":1}}',
      { 'content-type': 'application/json' },
      400,
      'REQUEST_INVALID',
    ],
    ['an unknown collection', 'POST', '/search', { query: 'x', collection: 'nope' }, {}, 404, 'COLLECTION_NOT_FOUND'],
    ['an empty batch', 'POST', '/batch-search', [], {}, 400, 'REQUEST_INVALID'],
    ['an unknown job', 'GET', '/jobs/nope', undefined, {}, 404, 'JOB_NOT_FOUND'],
    ['an unknown document', 'GET', '/documents/nope', undefined, {}, 404, 'DOCUMENT_NOT_FOUND'],
  ])('refuses %s with a problem that says how to mend it', async (_what, method, path, body, headers, status, code) => {
    const answer = await server.request<{ code: string; detail: string; request_id: string }>(
      method,
      path,
      body,
      headers,
    );
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body.detail.length).toBeGreaterThan(10);
    expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'));
  });

  it('points at the field that is wrong', async () => {
    const { body } = await server.post<{ errors: { pointer: string }[] }>('/search', {
      query: 'x',
      filters: { language: 7 },
    });
    expect(body.errors.map(({ pointer }) => pointer)).toContain('/filters/language');
  });
});

describe('the life of the process', () => {
  it('ends cleanly on SIGTERM', async () => {
    const server = await AcervoProcess.start();
    await server.ready();
    expect(await server.stop('SIGTERM')).toBe(0);
  });

  it('does not wait for connections that nobody has ever used', async () => {
    const server = await AcervoProcess.start();
    await server.ready();
    const unused = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(unused, 'connect');
    // Another connection's request is answered: the first one is accepted by then.
    await server.get('/health/live');
    const closed = once(unused, 'close');
    const startMs = performance.now();
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(20_000);
    await closed;
  });

  it('reports every configuration problem at once and exits with 78', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'acervo-e2e-'));
    const { status, stderr } = spawnSync(process.execPath, [entry, 'serve'], {
      cwd,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], PORT: 'abc', CHUNK_SIZE: '1', ACERVO_PROT: '1' },
    });
    expect(status).toBe(78);
    expect(stderr).toContain('PORT is "abc"');
    expect(stderr).toContain('CHUNK_SIZE is "1"');
    expect(stderr).toContain('did you mean ACERVO_PORT');
  });

  it('says so when another process owns the data folder', async () => {
    const first = await AcervoProcess.start();
    await expect(AcervoProcess.start({ DATA_DIR: first.dataDirectory })).rejects.toThrow(
      /Another process|STORE_LOCKED/,
    );
    await first.stop();
  });

  it('keeps secrets out of its log', async () => {
    const server = await AcervoProcess.start({
      OPENAI_API_KEY: 'canary-9d21',
      EMBEDDING_PROVIDER: 'local',
      LOG_LEVEL: 'trace',
    });
    await server.post('/search', { query: 'x' }, { authorization: 'Bearer canary-9d21', 'x-api-key': 'canary-9d21' });
    await server.stop();
    expect(server.log).toContain('configuration');
    expect(server.log).not.toContain('canary-9d21');
  });
});

it('the generated reference is in the manual', async () => {
  expect(await readFile(join(repositoryRoot, 'docs', 'en', 'configuration.md'), 'utf8')).toContain('CHUNK_SIZE');
});
