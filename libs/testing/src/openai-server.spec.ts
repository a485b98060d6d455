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

describe('the chat of startOpenAiServer', () => {
  let server: OpenAiServer;
  const ask = async (content: string, more: object = {}): Promise<Response> =>
    await fetch(`${server.baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more }),
    });
  const question = '=== abc [2] Ports\nPort 8000. It is open.\n=== abc [1] Other\nNo.\n=== abc end\n\nWhich port?';

  beforeEach(async () => {
    server = await startOpenAiServer();
  });
  afterEach(async () => {
    await server.close();
  });

  it('cites the first source, whole and in pieces alike', async () => {
    const { choices } = (await (await ask(question)).json()) as { choices: { message: { content: string } }[] };
    expect(choices[0]?.message.content).toBe('Port 8000. [2]');
    const text = await (await ask(question, { stream: true })).text();
    const frames = text.split('\n\n').filter((frame) => frame !== '');
    const contents = frames.slice(0, -1).map((frame) => /"content":"([^"]*)"/.exec(frame)?.[1] ?? '');
    expect(contents.join('')).toBe('Port 8000. [2]');
    expect(frames.at(-1)).toBe('data: [DONE]');
  });

  it('refuses what OpenAI refuses', async () => {
    expect((await ask('x', { messages: [] })).status).toBe(400);
    expect((await ask('x', { max_tokens: 0 })).status).toBe(400);
  });

  it('stalls after some pieces, and floods without an end', async () => {
    server.script({ kind: 'stall', parts: 2 }, { kind: 'flood' });
    for (const atLeast of [100, 1_000_000]) {
      const { body } = await ask(question, { stream: true });
      let bytes = 0;
      for await (const piece of body as ReadableStream<Uint8Array>) {
        bytes += piece.byteLength;
        if (bytes >= atLeast) break;
      }
    }
    expect(await Promise.all(server.requests.map(async ({ outcome }) => await outcome))).toEqual([
      'aborted',
      'aborted',
    ]);
  });
});
