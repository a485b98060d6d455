import { AcervoProcess } from './acervo-process';

interface Found {
  readonly results: readonly {
    readonly document_id: string;
    readonly text: string;
    readonly score: number;
    readonly position: { readonly start: number; readonly end: number };
    readonly highlights?: readonly { readonly start: number; readonly end: number }[];
    readonly explain?: object;
  }[];
  readonly generation: number;
  readonly degraded: readonly string[];
}
interface Accepted {
  readonly job_id: string;
  readonly document_id: string;
}

const wait = { prefer: 'wait=30' };

describe('documents over HTTP', () => {
  let server: AcervoProcess;
  beforeAll(async () => {
    server = await AcervoProcess.start({ MAX_UPLOAD_MEGABYTES: '1' });
    await server.ready();
    for (const [id, title, text, language] of [
      [
        'pt-1',
        'Férias',
        'Cada pessoa da equipe tem trinta dias de férias por ano, marcados com dois meses de antecedência.',
        'pt',
      ],
      ['pt-2', 'Reembolso', 'Despesas de viagem são reembolsadas em até dez dias após o envio da nota fiscal.', 'pt'],
      ['en-1', 'Deploys', 'We deploy every weekday before noon; a rollback takes one command and five minutes.', 'en'],
    ] as const) {
      const { status } = await server.post(
        '/documents',
        { id, title, text, language, metadata: { level: id.length } },
        wait,
      );
      expect(status).toBe(201);
    }
  });
  afterAll(() => server.stop());

  const search = async (body: object): Promise<Found> => (await server.post<Found>('/search', body)).body;

  it.each([
    ['quantos dias de descanso eu tenho?', 'pt-1'],
    ['how do I undo a release?', 'en-1'],
    ['are travel expenses reimbursed, and when?', 'pt-2'],
  ])('finds by meaning, across languages too: %s', async (query, id) => {
    const { results, degraded } = await search({ query });
    expect(degraded).toEqual([]);
    expect(results[0]?.document_id).toBe(id);
  });

  it.each(['hybrid', 'semantic', 'lexical'])('answers in mode %s with scores in 0..1, best first', async (mode) => {
    const { results } = await search({ query: 'reembolso de viagem', mode, explain: true, highlight: true });
    expect(results[0]?.document_id).toBe('pt-2');
    const scores = results.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
    expect(results[0]?.explain).toBeDefined();
  });

  it('answers GET as it answers POST', async () => {
    const post = await search({ query: 'reembolso', max_results: 2, filters: { language: 'pt' } });
    const { body } = await server.get<Found>('/search?q=reembolso&max_results=2&language=pt');
    expect(body).toEqual(post);
  });

  it('keeps to every filter', async () => {
    expect((await search({ query: 'dias', filters: { language: 'en' } })).results.map((r) => r.document_id)).toEqual([
      'en-1',
    ]);
    expect((await search({ query: 'dias', filters: { metadata: { level: { $gt: 4 } } } })).results).toEqual([]);
    expect((await search({ query: 'dias', filters: { date_range: { end: '2000-01-01' } } })).results).toEqual([]);
  });

  it('marks the words that were found', async () => {
    const { results } = await search({ query: 'férias', highlight: true, mode: 'lexical' });
    const first = results[0];
    const marked = first?.highlights?.map(({ start, end }) => first.text.slice(start, end).toLowerCase());
    expect(marked).toContain('férias');
  });

  it('answers a batch in order, one bad item beside good ones', async () => {
    const { status, body } = await server.post<{ results: (Found & { code?: string })[] }>('/batch-search', [
      { query: 'férias' },
      { query: '' },
      { query: 'férias' },
    ]);
    expect(status).toBe(200);
    expect(body.results[0]?.results[0]?.document_id).toBe('pt-1');
    expect(body.results[1]?.code).toBe('REQUEST_INVALID');
    expect(body.results[2]).toEqual(body.results[0]);
  });

  it('computes a search as a job when asked to', async () => {
    const accepted = await server.post<{ id: string }>(
      '/search-async',
      { query: 'férias' },
      { prefer: 'respond-async' },
    );
    expect(accepted.status).toBe(202);
    const location = accepted.headers.get('location') ?? '';
    let job: { state: string; result?: Found } = { state: 'queued' };
    for (let nth = 0; nth < 100 && !['succeeded', 'failed'].includes(job.state); nth++) {
      job = (await server.get<typeof job>(location)).body;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(job.state).toBe('succeeded');
    expect(job.result?.results[0]?.document_id).toBe('pt-1');
  });

  it('treats the same content twice as one document', async () => {
    const text = 'O código do portão muda no primeiro dia de cada mês.';
    const first = await server.post<Accepted>('/documents', { title: 'Portão', text }, wait);
    const second = await server.post<Accepted>('/documents', { title: 'Portão', text }, wait);
    expect(second.body.document_id).toBe(first.body.document_id);
  });

  it('honours an Idempotency-Key and refuses its reuse for something else', async () => {
    const key = { 'idempotency-key': 'retry-1' };
    const first = await server.post<Accepted>('/documents', { text: 'Primeira tentativa de envio.' }, key);
    const again = await server.post<Accepted>('/documents', { text: 'Primeira tentativa de envio.' }, key);
    expect(again.body.job_id).toBe(first.body.job_id);
    const other = await server.post<{ code: string }>('/documents', { text: 'Outro texto, mesma chave.' }, key);
    expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
  });

  it('replaces and deletes, and no search shows the old text any more', async () => {
    await server.post('/documents', { id: 'temp', text: 'O refeitório serve feijoada às quartas.' }, wait);
    await server.request('PUT', '/documents/temp', { text: 'O refeitório serve moqueca às sextas.' }, wait);
    const texts = async (): Promise<string> =>
      JSON.stringify((await search({ query: 'refeitório feijoada moqueca', max_results: 50 })).results);
    expect(await texts()).toContain('moqueca');
    expect(await texts()).not.toContain('feijoada');
    expect((await server.request('DELETE', '/documents/temp')).status).toBe(204);
    expect(await texts()).not.toContain('moqueca');
    expect((await server.get('/documents/temp')).status).toBe(404);
  });

  it('takes files, and says of a broken one what is wrong without losing the others', async () => {
    const form = new FormData();
    form.append('file', new Blob(['# Horário\n\nA biblioteca abre às oito.']), 'horario.md');
    form.append('file', new Blob(['%PDF-1.7 broken']), 'broken.pdf');
    const { status, body } = await server.request<{ jobs: { job_id: string; file: string }[] }>(
      'POST',
      '/documents',
      form,
    );
    expect(status).toBe(202);
    const ended = await Promise.all(body.jobs.map(({ job_id: id }) => endOf(server, id)));
    expect(ended.map(({ state }) => state)).toEqual(['succeeded', 'failed']);
    expect(ended[1]?.problem?.code).toBe('DOCUMENT_UNREADABLE');
    expect((await search({ query: 'quando abre a biblioteca?' })).results[0]?.text).toContain('oito');
  });

  it('refuses a file over the limit with 413', async () => {
    const form = new FormData();
    form.append('file', new Blob(['x '.repeat(600_000)]), 'big.txt');
    const { status, body } = await server.request<{ code: string }>('POST', '/documents', form);
    expect([status, body.code]).toEqual([413, 'DOCUMENT_TOO_LARGE']);
  });

  it('lists collections with what they were built with', async () => {
    const { body } = await server.get<{ name: string; chunking: object; embedding_model: string }>(
      '/collections/documents_dev',
    );
    expect(body).toMatchObject({
      name: 'documents_dev',
      embedding_model: expect.stringContaining('e5-small-enpt') as string,
    });
  });

  it('keeps everything across a restart', async () => {
    const before = await search({ query: 'férias' });
    await server.stop();
    server = await AcervoProcess.start({ DATA_DIR: server.dataDirectory, MAX_UPLOAD_MEGABYTES: '1' });
    await server.ready();
    expect(await search({ query: 'férias' })).toEqual(before);
  });

  it('answers a collection built with other settings with the instruction, not with wrong results', async () => {
    await server.stop();
    server = await AcervoProcess.start({ DATA_DIR: server.dataDirectory, CHUNK_SIZE: '700' });
    await server.ready();
    const { status, body } = await server.post<{ code: string; detail: string }>('/documents', { text: 'novo' }, wait);
    expect([status, body.code]).toEqual([409, 'COLLECTION_OUTDATED']);
    expect(body.detail).toContain('acervo reindex');
    expect(server.log).toContain('acervo reindex');
  });
});

interface EndedJob {
  readonly state: string;
  readonly problem?: { readonly code: string };
}

async function endOf(server: AcervoProcess, id: string): Promise<EndedJob> {
  for (let nth = 0; nth < 200; nth++) {
    const { body } = await server.get<EndedJob & Record<string, unknown>>(`/jobs/${id}`);
    if (!['queued', 'running'].includes(body.state)) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Job ${id} did not end`);
}
