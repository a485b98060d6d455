/** Research over HTTP: two workers with an OpenAI-compatible model behind them that takes its time. */
import { startOpenAiServer, type OpenAiServer } from '@acervo/testing';

import { AcervoProcess } from './acervo-process';

interface Report {
  readonly plan: readonly string[];
  readonly report: string;
  readonly citations: readonly { readonly document_id: string }[];
  readonly stopped_by: string;
  readonly budget: { readonly max_seconds: number };
}

interface Job {
  readonly state: string;
  readonly kind: string;
  readonly result?: Report;
}

const facts = [
  ['backup', 'Backups run every night at 02:30 and are kept for 35 days on the storage server Orion.'],
  ['ports', 'The measuring station listens on port 7443, and its gauge sends a reading every 90 seconds.'],
] as const;
const question = 'How long are backups kept and which port does the measuring station listen on?';
/** Of each request to the model; a research here makes at least two, one behind the other. */
const firstTokenMs = 700;

describe('research', () => {
  let model: OpenAiServer;
  let server: AcervoProcess;

  const ended = async (id: string): Promise<Job> => {
    for (;;) {
      const { body } = await server.get<Job>(`/jobs/${id}`);
      if (!['queued', 'running'].includes(body.state)) return body;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  beforeAll(async () => {
    model = await startOpenAiServer({ firstTokenMs });
    server = await AcervoProcess.start({
      OPENAI_API_KEY: 'sk-canary-4f1d9a77',
      OPENAI_BASE_URL: model.baseUrl,
      EMBEDDING_PROVIDER: 'local',
      LLM_MODEL: 'stub',
      WORKERS: '2',
      REQUEST_TIMEOUT_SECONDS: '1',
      RESEARCH_MAX_SECONDS: '20',
    });
    await server.ready();
    for (const [id, text] of facts) {
      const { body } = await server.post<{ job_id: string }>('/documents', { id, title: id, text });
      expect((await ended(body.job_id)).state).toBe('succeeded');
    }
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    await model.close();
  });

  it('D6: has the time of its budget, whatever the deadline of other requests is', async () => {
    const startedMs = performance.now();
    const { status, body } = await server.post<Report>('/research', { question, budget: { max_seconds: 500 } });
    expect(status).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThan(2 * firstTokenMs);
    expect(body).toMatchObject({ stopped_by: 'done', budget: { max_seconds: 20 } });
    expect(new Set(body.citations.map(({ document_id: id }) => id))).toEqual(new Set(['backup', 'ports']));
    expect(body.report).toMatch(/35 days[^]*\[\d\][^]*port 7443[^]*\[\d\]/);
  });

  it('D6: ends with the best report so far when that time is over', async () => {
    const startedMs = performance.now();
    const { status, body } = await server.post<Report>('/research', { question, budget: { max_seconds: 1 } });
    expect([status, body.stopped_by]).toEqual([200, 'budget']);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(body.report).toMatch(/35 days|port 7443/);
  });

  it('runs as a job, whichever worker takes the request', async () => {
    for (let nth = 0; nth < 2; nth++) {
      const asked = { question: `${question} ${nth}` };
      const headers = { prefer: 'respond-async', connection: 'close' };
      const { status, body } = await server.post<{ job_id: string }>('/research', asked, headers);
      expect(status).toBe(202);
      const { kind, state, result } = await ended(body.job_id);
      expect([kind, state, result?.stopped_by]).toEqual(['research', 'succeeded', 'done']);
    }
  });

  it('C10: leaves the model within 250 ms of the end of its job', async () => {
    const nth = model.requests.length + 1;
    const { body } = await server.post<{ job_id: string }>(
      '/research',
      { question: 'Who keeps the backups of Orion?' },
      { prefer: 'respond-async' },
    );
    const asked = await model.received(nth);
    const leftMs = performance.now();
    const { body: cancelled } = await server.request<Job>('DELETE', `/jobs/${body.job_id}`);
    expect(cancelled.state).toBe('cancelled');
    expect(await asked.outcome).toBe('aborted');
    expect((await asked.closedAtMs) - leftMs).toBeLessThan(250);
  });
});
