/** An unmodified client of OpenAI against the server: chat, streams, embeddings, models, errors. */
import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError } from 'openai';

import { startOpenAiServer, type OpenAiServer } from '@acervo/testing';

import { AcervoProcess } from './acervo-process';

const facts = [
  ['backup', 'Backups run every night at 02:30 and are kept for 35 days on the storage server Orion.'],
  ['ports', 'The measuring station listens on port 7443, and its gauge sends a reading every 90 seconds.'],
  ['feriado', 'A equipe de suporte trabalha no feriado de Corpus Christi das 9h às 13h.'],
] as const;

const ask = (content: string): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
  model: 'acervo',
  messages: [
    { role: 'system', content: 'Answer in French.' },
    { role: 'user', content },
  ],
});

describe('the face for clients of OpenAI', () => {
  let server: AcervoProcess;
  let client: OpenAI;

  beforeAll(async () => {
    server = await AcervoProcess.start();
    await server.ready();
    for (const [id, text] of facts) {
      const { status } = await server.post('/documents', { id, title: id, text }, { prefer: 'wait=30' });
      expect(status).toBe(201);
    }
    client = new OpenAI({ apiKey: 'none', baseURL: `${server.url}/v1`, maxRetries: 0 });
  });
  afterAll(async () => {
    await server.stop();
  });

  it('lists its models, and knows each by its name', async () => {
    const names: string[] = [];
    for await (const { id } of client.models.list()) names.push(id);
    expect(names).toEqual(['acervo', 'acervo-research', 'acervo-embedding']);
    expect(await client.models.retrieve('acervo')).toMatchObject({ id: 'acervo', object: 'model' });
    await expect(client.models.retrieve('gpt-4')).rejects.toBeInstanceOf(NotFoundError);
  });

  it('answers a chat with marks, annotations and usage', async () => {
    const answer = await client.chat.completions.create(ask('When do backups run?'));
    const [choice] = answer.choices;
    const content = choice?.message.content ?? '';
    expect(content).toMatch(/02:30.*\[1\]/);
    expect(choice).toMatchObject({ index: 0, finish_reason: 'stop', message: { role: 'assistant' } });
    const [note] = choice?.message.annotations ?? [];
    expect(note).toMatchObject({ url_citation: { title: 'backup', url: `${server.url}/documents/backup` } });
    expect(content.slice(note?.url_citation.start_index, note?.url_citation.end_index)).toBe('[1]');
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
    expect((await fetch(note?.url_citation.url ?? '')).status).toBe(200);
  });

  it('streams the same answer, with annotations at its finish and usage when asked for', async () => {
    const whole = await client.chat.completions.create(ask('On which port does the station listen?'));
    const stream = await client.chat.completions.create({
      ...ask('On which port does the station listen?'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      whole.choices[0]?.message.content,
    );
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.at(-2)?.choices[0]).toMatchObject({
      finish_reason: 'stop',
      delta: { annotations: whole.choices[0]?.message.annotations },
    });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
  });

  it('works with the helpers of the client that put a stream together', async () => {
    const stream = client.chat.completions.stream({ ...ask('Quando a equipe trabalha no feriado?'), stream: true });
    expect(await stream.finalContent()).toMatch(/9h às 13h.*\[1\]/);
  });

  it('researches, whole and as a stream', async () => {
    const request = {
      ...ask('When do backups run?'),
      model: 'acervo-research',
    };
    const whole = await client.chat.completions.create(request);
    const [choice] = whole.choices;
    expect(choice?.message.content).toMatch(/02:30/);
    expect(choice?.message.annotations?.length).toBeGreaterThan(0);
    const stream = client.chat.completions.stream({ ...request, stream: true });
    expect((await stream.finalContent())?.trimEnd()).toBe(choice?.message.content);
  });

  it('takes a conversation, parts of text and fields that it has no use for', async () => {
    const answer = await client.chat.completions.create({
      model: 'acervo',
      messages: [
        { role: 'developer', content: 'x' },
        { role: 'user', content: 'When do backups run?' },
        { role: 'assistant', content: 'At 02:30 [1].' },
        { role: 'user', content: [{ type: 'text', text: 'How long are they kept?' }] },
      ],
      ...{
        top_p: 1,
        presence_penalty: 0,
        safety_identifier: 'u',
        frequency_penalty: 0,
        n: 1,
        max_completion_tokens: 200,
        temperature: 0,
      },
    });
    expect(answer.choices[0]?.message.content).toContain('35 days');
  });

  it('says that it has found nothing, in the language of the question and without annotations', async () => {
    const { choices } = await client.chat.completions.create(ask('Qual é a receita de pão de queijo?'));
    expect(choices[0]?.message).toMatchObject({
      content: expect.stringMatching(/^Não encontrei/) as string,
      annotations: [],
    });
  });

  it('embeds texts alike in both formats, and questions nearer to what answers them', async () => {
    const input = facts.map(([, text]) => text);
    // The client asks for base64 unless it is told otherwise.
    const { data: decoded, model } = await client.embeddings.create({ model: 'acervo-embedding', input });
    const { data: plain } = await client.embeddings.create({
      ...{ model: 'acervo-embedding', input, encoding_format: 'float' },
    });
    expect(model).toBe('acervo-embedding');
    expect(decoded.map(({ index }) => index)).toEqual([0, 1, 2]);
    for (const [at, { embedding }] of decoded.entries()) {
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
      expect(dot(embedding, plain[at]?.embedding ?? [])).toBeGreaterThan(0.9999);
    }
    const { data: asked, usage } = await client.embeddings.create({
      ...{ model: 'acervo-embedding', input: 'When are backups made?', input_type: 'query' },
    });
    const scores = decoded.map(({ embedding }) => dot(embedding, asked[0]?.embedding ?? []));
    expect(Math.max(...scores)).toBe(scores[0]);
    expect(usage).toEqual({ prompt_tokens: 6, total_tokens: 6 });
  });

  it('embeds more texts than one batch holds, in their order', async () => {
    const input = Array.from({ length: 70 }, (_, at) => `Sensor number ${at} measures zone ${at * 7}.`);
    const { data } = await client.embeddings.create({ model: 'acervo-embedding', input });
    expect(data).toHaveLength(70);
    const alone = await client.embeddings.create({ model: 'acervo-embedding', input: input[63] ?? '' });
    expect(dot(data[63]?.embedding ?? [], alone.data[0]?.embedding ?? [])).toBeGreaterThan(0.999);
  });

  it.each<[string, () => Promise<unknown>, string, string | null]>([
    [
      'an unknown model',
      async () => client.chat.completions.create({ ...ask('x'), model: 'gpt-4' }),
      'MODEL_NOT_FOUND',
      null,
    ],
    [
      'tools',
      async () =>
        client.chat.completions.create({ ...ask('x'), tools: [{ type: 'function', function: { name: 'f' } }] }),
      'REQUEST_INVALID',
      'tools',
    ],
    ['several answers', async () => client.chat.completions.create({ ...ask('x'), n: 2 }), 'REQUEST_INVALID', 'n'],
    [
      'a conversation without a question',
      async () => client.chat.completions.create({ model: 'acervo', messages: [{ role: 'assistant', content: 'x' }] }),
      'REQUEST_INVALID',
      'messages',
    ],
    [
      'an empty text to embed',
      async () => client.embeddings.create({ model: 'acervo-embedding', input: ['a', ''] }),
      'REQUEST_INVALID',
      'input[1]',
    ],
    [
      'another number of dimensions',
      async () => client.embeddings.create({ model: 'acervo-embedding', input: 'a', dimensions: 7 }),
      'REQUEST_INVALID',
      null,
    ],
    [
      'a collection that is not there',
      async () => client.chat.completions.create({ ...ask('x'), ...{ collection: 'nowhere' } }),
      'COLLECTION_NOT_FOUND',
      null,
    ],
  ])('refuses %s in the form that the client reads', async (_, call, code, param) => {
    const error = await call().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code, param });
    expect((error as APIError).requestID).toEqual(expect.any(String));
    expect((error as APIError).message).not.toContain('no body');
  });

  it('answers what comes before any route in that form as well', async () => {
    const malformed = await fetch(`${server.url}/v1/chat/completions`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"model":' },
    });
    expect([malformed.status, await malformed.json()]).toMatchObject([
      400,
      { error: { code: 'REQUEST_MALFORMED_JSON' } },
    ]);
    const missing = await fetch(`${server.url}/v1/assistants`);
    expect([missing.status, await missing.json()]).toMatchObject([404, { error: { type: 'not_found_error' } }]);
    await expect(client.post('/embeddings', { body: {} })).rejects.toBeInstanceOf(BadRequestError);
  });
});

describe('the face for clients of OpenAI, with a language model behind it', () => {
  let model: OpenAiServer;
  let server: AcervoProcess;
  let client: OpenAI;

  beforeAll(async () => {
    model = await startOpenAiServer({ tokenMs: 5 });
    server = await AcervoProcess.start({
      ...{ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: model.baseUrl, EMBEDDING_PROVIDER: 'local', LLM_MODEL: 'stub' },
    });
    await server.ready();
    const [id, text] = facts[0];
    await server.post('/documents', { id, title: id, text }, { prefer: 'wait=30' });
    client = new OpenAI({ apiKey: 'none', baseURL: `${server.url}/v1`, maxRetries: 0 });
  });
  afterAll(async () => {
    await server.stop();
    await model.close();
  });

  it('keeps what a client calls its instructions from the model', async () => {
    const { choices } = await client.chat.completions.create(ask('When do backups run?'));
    expect(choices[0]?.message.content).toMatch(/02:30.*\[1\]/);
    expect(JSON.stringify(model.requests.at(-1)?.body)).not.toContain('French');
  });

  it('C11: says when an answer was cut off at its tokens, and keeps none of it', async () => {
    const before = model.requests.length;
    const request = { ...ask('How long are backups kept?'), temperature: 0, max_tokens: 4 };
    const askAgain = async (): Promise<void> => {
      const { choices } = await client.chat.completions.create(request);
      expect(choices[0]?.finish_reason).toBe('length');
    };
    // Who asks the same within a second joins the answer; one that was kept would be given again and again.
    const untilMs = performance.now() + 20_000;
    while (model.requests.length < before + 2 && performance.now() < untilMs) await askAgain();
    expect(model.requests).toHaveLength(before + 2);
    const { body } = await server.post('/chat', { message: 'How long are backups kept?', temperature: 0 });
    expect(body).toMatchObject({ finish_reason: 'stop' });
  });

  it('C11: ends a stream that breaks off with an error, and without [DONE]', async () => {
    model.script({ kind: 'stall', parts: 4 });
    const stream = await client.chat.completions.create({
      ...ask('When do backups run?'),
      stream: true,
      temperature: 1,
    });
    const reading = (async () => {
      const texts: string[] = [];
      for await (const { choices } of stream) texts.push(choices[0]?.delta.content ?? '');
      return texts;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'MODEL_UPSTREAM_TIMEOUT' });
  });

  it('C10: leaves the model as soon as its client leaves', async () => {
    const before = model.requests.length;
    model.script({ kind: 'stall', parts: 4 });
    const stream = await client.chat.completions.create({
      ...ask('When do backups run?'),
      stream: true,
      temperature: 1,
    });
    const request = await model.received(before + 1);
    const leftAtMs = performance.now();
    stream.controller.abort();
    expect((await request.closedAtMs) - leftAtMs).toBeLessThan(1_000);
    await expect(request.outcome).resolves.toBe('aborted');
  });
});

describe('the face for clients of OpenAI, with keys', () => {
  it('answers a missing key as OpenAI does', async () => {
    const server = await AcervoProcess.start({ AUTH: 'keys' });
    try {
      const client = new OpenAI({ apiKey: 'wrong', baseURL: `${server.url}/v1`, maxRetries: 0 });
      await expect(client.models.list()).rejects.toBeInstanceOf(AuthenticationError);
      await expect(client.chat.completions.create(ask('x'))).rejects.toMatchObject({ type: 'authentication_error' });
    } finally {
      await server.stop();
    }
  });
});

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
}
