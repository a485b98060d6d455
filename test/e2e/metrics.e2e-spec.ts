/** GET /metrics of the built server: both forms, who may read them, what they count, and what they do not. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { metricsSchema, type MetricsView } from '@acervo/metrics';
import { describeWithPrometheus, promtool, until } from '@acervo/testing';

import { AcervoProcess, repositoryRoot } from './acervo-process';
import { createKey } from './acervo-command';

const textOf = async (server: AcervoProcess): Promise<string> =>
  (await server.get<string>('/metrics?format=prometheus')).body;
const viewOf = async (server: AcervoProcess): Promise<MetricsView> =>
  metricsSchema.parse((await server.get('/metrics')).body);

describe('the metrics of a server', () => {
  let server: AcervoProcess;
  beforeAll(async () => {
    server = await AcervoProcess.start({ LOG_LEVEL: 'error' });
    await server.ready();
    const document = { title: 'Nota', text: 'O escritório fica no Recife. As janelas são azuis.' };
    await server.post('/documents', document, { prefer: 'wait=30' });
  });
  afterAll(() => server.stop());

  it('count requests of the router and of the fast lane alike, and what the stages of the first took', async () => {
    const before = await viewOf(server);
    for (let nth = 0; nth < 20; nth++) await server.post('/search', { query: 'onde fica o escritório' });
    await server.post('/chat', { message: 'Onde fica o escritório?' });
    const after = await viewOf(server);
    const searches = ({ routes }: MetricsView) =>
      routes.find(({ route, method }) => route === '/search' && method === 'POST');
    expect((searches(after)?.requests ?? 0) - (searches(before)?.requests ?? 0)).toBe(20);
    expect(after.total_requests).toBeGreaterThan(before.total_requests + 20);
    expect(after.caches.find(({ cache }) => cache === 'fast_lane')?.hits).toBeGreaterThan(0);
    expect(after.cache_hit_rate).toBeGreaterThan(0.5);
    for (const stage of ['embed', 'vector', 'lexical', 'fuse', 'llm']) {
      expect(after.stages.find((one) => one.stage === stage)?.count).toBeGreaterThan(0);
    }
    expect(after.collections).toMatchObject({ collections: 1, documents: 1 });
    expect(after.jobs).toContainEqual({ kind: 'ingest', state: 'succeeded', count: 1 });
    expect(after.current_memory).toBeGreaterThan(0);
    expect(after.samples.length).toBeGreaterThan(0);
  });

  it('count refusals, wrong addresses and bodies that nobody can read', async () => {
    await server.get(`/nothing-${randomUUID()}`);
    await server.request('POST', '/search', '{', { 'content-type': 'application/json' });
    const { routes } = await viewOf(server);
    expect(routes.find(({ route }) => route === 'other')?.requests).toBeGreaterThan(0);
    const text = await textOf(server);
    expect(text).toMatch(/acervo_http_requests_total\{route="\/search",method="POST",status="400"\} [1-9]/);
  });

  it('come as text when Accept or the address says so', async () => {
    const openMetrics = await server.get<string>('/metrics', { accept: 'application/openmetrics-text' });
    expect(openMetrics.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(openMetrics.body.endsWith('# EOF\n')).toBe(true);
    const plain = await server.get<string>('/metrics', { accept: 'text/plain' });
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect((await server.get('/metrics?format=xml')).status).toBe(400);
  });

  it('have the same series after ten thousand random addresses, keys and collections as before', async () => {
    const seriesOf = (text: string): string[] =>
      text
        .split('\n')
        .flatMap((line) => (line === '' || line.startsWith('#') ? [] : [line.slice(0, line.lastIndexOf(' '))]));
    const ask = async (): Promise<void> => {
      const id = randomUUID();
      await Promise.all([
        server.get(`/${id}?q=${id}`, { 'x-api-key': `acervo_${id}` }),
        server.get(`/documents/${id}?collection=c${id.slice(0, 8)}`, { authorization: `Bearer ${id}` }),
        server.post('/search', { query: 'x', collection: `c-${id}` }, { 'x-api-key': id }),
        server.request('DELETE', `/collections/c-${id}`),
      ]);
    };
    await ask();
    await textOf(server);
    const before = seriesOf(await textOf(server));
    for (let nth = 0; nth < 250; nth++) await Promise.all(Array.from({ length: 10 }, ask));
    const after = seriesOf(await textOf(server));
    expect(after).toEqual(before);
    const { routes } = await viewOf(server);
    expect(routes.find(({ route }) => route === 'other')?.requests).toBeGreaterThan(2_500);
  }, 180_000);

  describeWithPrometheus('checked by promtool', () => {
    it('are what it expects', async () => {
      expect(promtool(['check', 'metrics'], await textOf(server))).toBe('');
    });

    it('have rules that it accepts', () => {
      const folder = join(repositoryRoot, 'deploy', 'prometheus');
      expect(promtool(['check', 'rules', join(folder, 'alerts.yml')])).toBe('');
      expect(promtool(['check', 'config', join(folder, 'prometheus.yml')])).toBe('');
    });
  });

  it.each(['deploy/prometheus/alerts.yml', 'deploy/grafana/acervo.json'])(
    'have every series, and every label, that %s names',
    async (file) => {
      const named =
        readFileSync(join(repositoryRoot, file), 'utf8').match(/\b(acervo|process|nodejs)_[a-z0-9_]+\b/g) ?? [];
      const text = await textOf(server);
      const there = new Set(text.match(/(?<=^|# TYPE )(acervo|process|nodejs)_[a-z0-9_]+/gm));
      const missing = [...new Set(named)].filter((name) => !there.has(name));
      expect(named.length).toBeGreaterThan(20);
      expect(missing).toEqual([]);
      const labels = readFileSync(join(repositoryRoot, file), 'utf8').matchAll(/\bby \(([a-z_, ]+)\)/g);
      const known = new Set([...text.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label));
      known.add('instance');
      const unknown = [...labels].flatMap(([, list = '']) => list.split(', ')).filter((label) => !known.has(label));
      expect(unknown).toEqual([]);
    },
  );
});

describe('with AUTH=keys', () => {
  it.each([
    ['false', [401, 403, 200]],
    ['true', [200, 200, 200]],
  ])('and METRICS_PUBLIC=%s, nobody, a reader and an administrator get %j', async (isPublic, expected) => {
    const server = await AcervoProcess.start({ AUTH: 'keys', METRICS_PUBLIC: isPublic, LIMIT_DEFAULT_PER_MINUTE: '1' });
    try {
      const make = async (scope: string) => (await createKey(server.dataDirectory, '--scope', scope)).key;
      const keys = [undefined, await make('search'), await make('admin')];
      const statuses = [];
      for (const key of keys) {
        const ask = () => server.get('/metrics', key === undefined ? {} : { 'x-api-key': key });
        await until('the key is known', async () => key === undefined || (await ask()).status !== 401, 30_000);
        statuses.push((await ask()).status);
      }
      // No limit holds for them: they were asked for more often than once.
      expect(statuses).toEqual(expected);
    } finally {
      await server.stop();
    }
  });
});

it('with ENABLE_METRICS=false there are none', async () => {
  const server = await AcervoProcess.start({ ENABLE_METRICS: 'false' });
  try {
    expect((await server.get('/metrics')).status).toBe(404);
  } finally {
    await server.stop();
  }
});

describe('the metrics of several workers', () => {
  let server: AcervoProcess;
  beforeAll(async () => {
    server = await AcervoProcess.start({ WORKERS: '3', EMBEDDING_THREADS: '1', FAST_LANE: 'true' });
    await server.ready();
  }, 60_000);
  afterAll(() => server.stop());

  const ownConnection = { connection: 'close' };
  const searches = ({ routes }: MetricsView): number =>
    routes.find(({ route, method }) => route === '/search' && method === 'POST')?.requests ?? 0;

  /** The one connection that was on its way to a worker when it was killed is answered by nobody. */
  async function lookAgain(): Promise<MetricsView | undefined> {
    try {
      const answer = await fetch(`${server.url}/metrics`, {
        headers: ownConnection,
        signal: AbortSignal.timeout(2_000),
      });
      return answer.ok ? metricsSchema.parse(await answer.json()) : undefined;
    } catch (error) {
      if (error instanceof z.ZodError) throw error;
      return undefined;
    }
  }

  it('are those of all, whichever is asked', async () => {
    for (let nth = 0; nth < 30; nth++) await server.post('/search', { query: 'x' }, ownConnection);
    for (let nth = 0; nth < 3; nth++) {
      const view = metricsSchema.parse((await server.get('/metrics', ownConnection)).body);
      expect(view.processes).toMatchObject({ expected: 3, answered: 3 });
      expect(searches(view)).toBe(30);
      expect(view.limiter.limits).toHaveLength(4);
    }
    expect(await textOf(server)).toContain('acervo_processes_answered 3');
  });

  it('count a request once that one worker hands to another, under its route', async () => {
    const load = 9;
    for (let nth = 0; nth < load; nth++) {
      const { status } = await server.post(
        '/documents',
        { title: `Nota ${nth}`, text: `Texto ${nth}.` },
        ownConnection,
      );
      expect(status).toBe(202);
    }
    const { routes, limiter } = await viewOf(server);
    const documents = routes.filter(({ route, method }) => route === '/documents' && method === 'POST');
    expect(documents).toEqual([expect.objectContaining({ requests: load, errors: 0 })]);
    expect(limiter.degraded).toBe(false);
  });

  it('never fall, whichever worker dies', async () => {
    const lines = server.log.split('\n').filter((line) => line.includes('worker listens'));
    const pids = lines.map((line) => (JSON.parse(line) as { pid: number }).pid);
    let known = searches(await viewOf(server));
    for (const pid of pids) {
      for (let nth = 0; nth < 9; nth++) await server.post('/search', { query: 'x' }, ownConnection);
      const before = searches(metricsSchema.parse((await server.get('/metrics', ownConnection)).body));
      expect(before).toBe(known + 9);
      process.kill(pid, 'SIGKILL');
      await until(
        'another process is in its place',
        async () => {
          const view = await lookAgain();
          if (view === undefined) return false;
          expect(searches(view)).toBeGreaterThanOrEqual(before);
          return view.processes.answered === 3 && view.processes.restarted > pids.indexOf(pid);
        },
        30_000,
      );
      known = searches(await viewOf(server));
      expect(known).toBe(before);
    }
  }, 90_000);
});
