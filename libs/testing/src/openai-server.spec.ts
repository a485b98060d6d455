import { startOpenAiServer, type OpenAiServer } from './index';

describe('startOpenAiServer', () => {
  let server: OpenAiServer;
  const post = async (input: unknown, signal?: AbortSignal): Promise<Response> =>
    await fetch(`${server.baseUrl}/embeddings`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', input }),
      ...(signal === undefined ? {} : { signal }),
    });

  beforeEach(async () => {
    server = await startOpenAiServer({ dimensions: 16 });
  });
  afterEach(async () => {
    await server.close();
  });

  it('gives the same vector for the same words and another one for others', async () => {
    const { data } = (await (await post(['um texto', 'texto um', 'other'])).json()) as {
      data: { embedding: number[] }[];
    };
    expect(data[0]?.embedding).toEqual(data[1]?.embedding);
    expect(data[0]?.embedding).not.toEqual(data[2]?.embedding);
    expect(data[0]?.embedding).toHaveLength(16);
  });

  it('refuses what OpenAI refuses', async () => {
    expect((await post([''])).status).toBe(400);
    expect((await post([])).status).toBe(400);
    expect((await fetch(`${server.baseUrl}/nothing`)).status).toBe(404);
  });

  it('uses each scripted reply once, in order', async () => {
    server.script({ kind: 'status', status: 429, headers: { 'retry-after': '7' } }, { kind: 'raw', body: '{' });
    const limited = await post('x');
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await (await post('x')).text()).toBe('{');
    expect((await post('x')).status).toBe(200);
  });

  it('breaks a cut answer off in the middle of its body', async () => {
    server.script({ kind: 'cut' });
    const answer = await post('x');
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it('records requests and tells how each ended', async () => {
    server.script({ kind: 'answer' }, { kind: 'hang' });
    await (await post('good')).text();
    const client = new AbortController();
    const hanging = post('left', client.signal);
    await server.received(2);
    client.abort();
    await expect(hanging).rejects.toThrow();
    expect(await Promise.all(server.requests.map(async ({ outcome }) => await outcome))).toEqual([
      'answered',
      'aborted',
    ]);
    expect(server.requests[1]?.body).toEqual({ model: 'm', input: 'left' });
  });
});
