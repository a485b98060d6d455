import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  sparePort,
  startOpenAiServer,
  startTraceCollector,
  type CollectedSpan,
  type TraceCollector,
} from '@acervo/testing';

import { AcervoProcess } from './acervo-process';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${callerSpan}-01`;

const document = { id: 'd1', text: 'A data de entrega do contrato é sexta-feira.', source: 'nota.txt' };

/** Loaded before the server: says at the end what of the SDK was loaded. */
const tellModules = `process.on('exit', () => {
  const found = Object.keys(require.cache).filter((path) => path.includes('@opentelemetry/sdk-trace'));
  process.stdout.write('modules of the SDK: ' + found.length + '\\n');
});`;

function named(spans: readonly CollectedSpan[], name: string): CollectedSpan[] {
  return spans.filter((span) => span.name === name);
}

function lies(inner: CollectedSpan, outer: CollectedSpan): boolean {
  return inner.startedNs >= outer.startedNs && inner.endedNs <= outer.endedNs;
}

function linesOf(server: AcervoProcess): Record<string, unknown>[] {
  return server.log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A line may come after the answer that it tells of. */
async function linesWhere(
  server: AcervoProcess,
  isWanted: (line: Record<string, unknown>) => boolean,
  count: number,
): Promise<Record<string, unknown>[]> {
  const until = performance.now() + 5_000;
  for (;;) {
    const found = linesOf(server).filter(isWanted);
    if (found.length >= count || performance.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a server that is told of a collector', () => {
  let collector: TraceCollector;
  let server: AcervoProcess;
  beforeAll(async () => {
    collector = await startTraceCollector();
    server = await AcervoProcess.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
      OTEL_SERVICE_NAME: 'acervo-test',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    await server.ready();
    await server.post('/documents', document, { prefer: 'wait=20' });
  });
  afterAll(async () => {
    await server.stop();
    await collector.close();
  });

  it('sends one trace of a search: request, search, and each stage within', async () => {
    const query = 'quando é a entrega?';
    const answer = await server.post('/search', { query }, { traceparent });
    expect(answer.status).toBe(200);
    const spans = await collector.until((all) => all.some((span) => span.traceId === traceId && span.kind === 2));
    const own = spans.filter((span) => span.traceId === traceId);

    const [request] = named(own, 'POST /search');
    if (request === undefined) throw new Error('no span of the request');
    expect(request).toMatchObject({ parentSpanId: callerSpan, kind: 2, service: 'acervo-test', isError: false });
    expect(request.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/search',
      'url.path': '/search',
      'http.response.status_code': 200,
      'acervo.request_id': answer.headers.get('x-request-id'),
    });
    const [search] = named(own, 'search');
    if (search === undefined) throw new Error('no span of the search');
    expect(search.parentSpanId).toBe(request.spanId);
    expect(search.attributes).toMatchObject({ 'acervo.search.mode': 'hybrid', 'acervo.search.language': 'pt' });
    expect(lies(search, request)).toBe(true);
    const stages = own.filter((span) => span.parentSpanId === search.spanId);
    expect(new Set(stages.map(({ name }) => name))).toEqual(new Set(['embed', 'vector', 'lexical', 'fuse']));
    expect(stages.filter((stage) => !lies(stage, search))).toEqual([]);
    expect(
      JSON.stringify(own, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain(query);
  });

  it('writes the ids of the trace into the line of the request, whoever answers it', async () => {
    const body = { query: 'entrega do contrato' };
    for (let nth = 0; nth < 4; nth += 1)
      await server.post('/search', body, { traceparent, 'x-request-id': `asked-${nth}` });
    // The lane repeats the last of them, and says so.
    const spans = await collector.until((all) => all.some(({ attributes }) => attributes['acervo.fast_lane'] === true));
    expect(named(spans, 'POST /search').length).toBeGreaterThan(1);
    const lines = await linesWhere(
      server,
      ({ req }) => String((req as { id?: string } | undefined)?.id).startsWith('asked-'),
      4,
    );
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => line['trace_id'])).toEqual([traceId, traceId, traceId, traceId]);
    expect(new Set(lines.map((line) => line['span_id'])).size).toBe(4);
  });

  it('gives the work of a job a trace with its stages', async () => {
    const spans = await collector.until((all) => all.some(({ name }) => name === 'ingest'));
    const [job] = named(spans, 'ingest');
    const stages = spans.filter(({ parentSpanId }) => parentSpanId === job?.spanId);
    expect(stages.map(({ name }) => name).sort()).toEqual(['commit', 'embed', 'parse']);
  });

  it('names an address that nothing answers by its method alone, and says nothing of probes', async () => {
    await server.get('/nothing/here?query=secret');
    const spans = await collector.until((all) => named(all, 'GET').length > 0);
    expect(named(spans, 'GET')[0]?.attributes).toMatchObject({ 'url.path': '/nothing/here' });
    expect(spans.filter(({ attributes }) => String(attributes['url.path']).startsWith('/health'))).toEqual([]);
  });
});

describe('calls to other servers', () => {
  it('carry the trace of the request that causes them', async () => {
    const [collector, openai] = await Promise.all([startTraceCollector(), startOpenAiServer()]);
    const server = await AcervoProcess.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OPENAI_BASE_URL: openai.baseUrl,
      OPENAI_API_KEY: 'sk-test',
      EMBEDDING_PROVIDER: 'openai',
      LLM_MODEL: 'stub',
    });
    try {
      await server.ready();
      await server.post('/documents', document, { prefer: 'wait=20' });
      const answer = await server.post('/chat', { message: 'Qual a data de entrega do contrato?' }, { traceparent });
      expect(answer.body).toMatchObject({ grounded: true });
      const spans = await collector.until((all) => all.some((span) => span.traceId === traceId && span.kind === 2));
      const own = spans.filter((span) => span.traceId === traceId);
      expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['POST /chat', 'search', 'embed', 'llm']));
      const told = openai.requests.filter(({ headers }) => String(headers['traceparent']).includes(traceId));
      expect(new Set(told.map(({ path }) => path.split('/').at(-1)))).toEqual(new Set(['embeddings', 'completions']));
    } finally {
      await server.stop();
      await Promise.all([collector.close(), openai.close()]);
    }
  });
});

describe('a collector that is away', () => {
  it('keeps nobody waiting, neither those who search nor who stops the server', async () => {
    const server = await AcervoProcess.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await sparePort()}`,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    await server.ready();
    for (let nth = 0; nth < 20; nth += 1) {
      expect((await server.post('/search', { query: `pergunta ${nth}` })).status).toBe(200);
    }
    expect(await server.stop()).toBe(0);
    const complaints = linesOf(server).filter(({ msg }) => msg === 'traces cannot be sent');
    expect(complaints.length).toBeLessThanOrEqual(1);
  });
});

describe('a server that is told of none', () => {
  it('loads nothing of OpenTelemetry, and tells of a slow search without its question', async () => {
    const teller = join(await mkdtemp(join(tmpdir(), 'acervo-e2e-')), 'tell-modules.cjs');
    await writeFile(teller, tellModules);
    const server = await AcervoProcess.start({ SLOW_SEARCH_MS: '1', NODE_OPTIONS: `--require ${teller}` });
    await server.ready();
    await server.post('/documents', document, { prefer: 'wait=20' });
    await server.post('/search', { query: 'quando é a entrega?', filters: { language: 'pt' } });
    expect(await server.stop()).toBe(0);
    expect(server.log).toContain('modules of the SDK: 0\n');
    expect(server.log).not.toContain('trace_id');
    const slow = linesOf(server).find(({ msg }) => msg === 'slow search');
    expect(slow).toMatchObject({ level: 'warn', mode: 'hybrid', cache: 'computed', candidates: 1 });
    expect(JSON.stringify(slow)).not.toContain('entrega');
  });
});
