import { callContext } from '@acervo/kernel';
import { startOpenAiServer, type EmbeddingAnswer, type OpenAiServer, type ScriptedReply } from '@acervo/testing';

import { createOpenAiEmbedder, type OpenAiEmbedder, type OpenAiEmbedderOptions } from './openai-embedder';

const SECRET = 'sk-canary-1234567890';
const status = (status: number, headers: Record<string, string> = {}): ScriptedReply => ({
  kind: 'status',
  status,
  headers,
});

describe('OpenAiEmbedder', () => {
  let server: OpenAiServer;
  const embedders: OpenAiEmbedder[] = [];
  const make = (options: Partial<OpenAiEmbedderOptions> = {}): OpenAiEmbedder => {
    const embedder = createOpenAiEmbedder({ apiKey: SECRET, baseUrl: server.baseUrl, backoffMs: 1, ...options });
    embedders.push(embedder);
    return embedder;
  };
  const embed = async (embedder: OpenAiEmbedder, timeoutMs = 10_000): Promise<Float32Array> =>
    await embedder.embedBatch(['um texto', 'another text'], 'query', callContext(timeoutMs));

  beforeEach(async () => {
    server = await startOpenAiServer();
  });
  afterEach(async () => {
    await Promise.all(
      embedders.splice(0).map(async (embedder) => {
        await embedder.close();
      }),
    );
    await server.close();
  });

  it.each([
    ['fast', 100],
    ['balanced', 50],
    ['quality', 20],
  ] as const)('takes the batches of the profile %s: %i texts', (profile, maxBatchItems) => {
    expect(make({ profile }).capabilities).toEqual({
      model: 'openai/text-embedding-ada-002/1536',
      dimensions: 1536,
      maxTokens: 8191,
      maxBatchItems,
    });
  });

  it('sends one request with model, texts, float format and key', async () => {
    await embed(make());
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      headers: { authorization: `Bearer ${SECRET}` },
      body: { model: 'text-embedding-ada-002', input: ['um texto', 'another text'], encoding_format: 'float' },
    });
  });

  it('orders vectors by index when the server shuffles them', async () => {
    const expected = await embed(make());
    server.script({
      kind: 'answer',
      change: (answer: EmbeddingAnswer) => ({ ...answer, data: [...answer.data].reverse() }),
    });
    expect(await embed(make())).toEqual(expected);
  });

  it.each<[string, ScriptedReply]>([
    ['a server error', status(500)],
    ['an overloaded server', status(503)],
    ['a rate limit', status(429, { 'retry-after-ms': '1' })],
    ['a cut answer', { kind: 'cut' }],
    ['malformed JSON', { kind: 'raw', body: '{"data": [' }],
    ['an empty list', { kind: 'raw', body: '{"object":"list","data":[]}' }],
    ['an answer of another shape', { kind: 'raw', body: '{"result":"ok"}' }],
    ['an HTML page', { kind: 'raw', body: '<html></html>', contentType: 'text/html' }],
  ])('recovers from %s by asking again', async (_, reply) => {
    server.script(reply);
    await expect(embed(make())).resolves.toHaveLength(2 * 1536);
    expect(server.requests).toHaveLength(2);
  });

  it('gives up after its attempts, with the status and a remedy', async () => {
    server.script(...new Array<ScriptedReply>(4).fill(status(500)));
    await expect(embed(make({ maxAttempts: 3 }))).rejects.toMatchObject({
      code: 'EMBEDDING_UPSTREAM_FAILED',
      message: expect.stringContaining('answered 500') as string,
      params: { upstreamStatus: 500 },
    });
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    [400, 'the length of the texts'],
    [401, 'OPENAI_API_KEY'],
    [404, 'OPENAI_BASE_URL'],
  ])('does not repeat a request that was answered %i, and names the remedy', async (code, remedy) => {
    server.script(status(code));
    await expect(embed(make())).rejects.toMatchObject({
      code: 'EMBEDDING_UPSTREAM_FAILED',
      message: expect.stringContaining(remedy) as string,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('does not repeat a request for want of money', async () => {
    const body = { error: { message: 'You exceeded your quota.', code: 'insufficient_quota' } };
    server.script({ kind: 'status', status: 429, body });
    await expect(embed(make())).rejects.toThrow('quota');
    expect(server.requests).toHaveLength(1);
  });

  it('waits as long as the server asks for, and so does the next caller', async () => {
    server.script(status(429, { 'retry-after': '0.3' }));
    const embedder = make();
    const startMs = performance.now();
    const first = embed(embedder);
    const refused = await server.received(1);
    await refused.outcome;
    await Promise.all([first, embed(embedder)]);
    expect(server.requests).toHaveLength(3);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(299);
  });

  it('fails at once, and tells when to come back, if the server asks for more time than the caller has', async () => {
    server.script(status(429, { 'retry-after': '30' }));
    const embedder = make();
    const refusal = { code: 'EMBEDDING_UPSTREAM_FAILED', params: { retryAfterSeconds: 30 } };
    await expect(embed(embedder, 5_000)).rejects.toMatchObject(refusal);
    await expect(embed(embedder, 5_000)).rejects.toMatchObject(refusal);
    expect(server.requests).toHaveLength(1);
  });

  it('refuses vectors of another size without asking again', async () => {
    const embedder = make({ dimensions: 384 });
    await expect(embed(embedder)).rejects.toMatchObject({
      code: 'EMBEDDING_DIMENSIONS_MISMATCH',
      params: { received: 1536, expected: 384 },
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, ScriptedReply]>([
    ['never answers', { kind: 'hang' }],
    ['drips its answer', { kind: 'drip', everyMs: 5 }],
  ])('gives a server that %s no more than the time of an attempt, then asks again', async (_, reply) => {
    server.script(reply);
    await expect(embed(make({ attemptTimeoutMs: 100 }))).resolves.toHaveLength(2 * 1536);
    await expect(server.requests[0]?.outcome).resolves.toBe('aborted');
  });

  it('says that the server took too long when every attempt timed out', async () => {
    server.script({ kind: 'hang' }, { kind: 'hang' });
    await expect(embed(make({ attemptTimeoutMs: 50, maxAttempts: 2 }))).rejects.toMatchObject({
      code: 'EMBEDDING_UPSTREAM_TIMEOUT',
    });
  });

  it('keeps the deadline of its caller over all attempts', async () => {
    server.script({ kind: 'hang' });
    await expect(embed(make(), 100)).rejects.toMatchObject({ code: 'REQUEST_DEADLINE_EXCEEDED' });
  });

  it('closes the request upstream when its caller leaves', async () => {
    server.script({ kind: 'hang' });
    const caller = new AbortController();
    const vectors = make().embedBatch(['x'], 'query', callContext(10_000, caller.signal));
    const request = await server.received(1);
    caller.abort();
    await expect(vectors).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    await expect(request.outcome).resolves.toBe('aborted');
  });

  it('leaves a failing server alone for a while, and finds it again', async () => {
    server.script(...new Array<ScriptedReply>(2).fill(status(500)));
    const embedder = make({ maxAttempts: 1, breakerFailures: 2, breakerPauseMs: 50 });
    await expect(embed(embedder)).rejects.toThrow('answered 500');
    await expect(embed(embedder)).rejects.toThrow('answered 500');
    await expect(embed(embedder)).rejects.toMatchObject({
      message: expect.stringContaining('left alone') as string,
      params: { retryAfterSeconds: 1 },
    });
    expect(server.requests).toHaveLength(2);
    const deadlineMs = performance.now() + 5_000;
    let answer: Float32Array | undefined;
    while (answer === undefined && performance.now() < deadlineMs) {
      answer = await embed(embedder).catch(() => undefined);
    }
    expect(answer).toHaveLength(2 * 1536);
  });

  it('sends queries past waiting passages and bounds both', async () => {
    server.script({ kind: 'hang' }, { kind: 'hang' });
    const caller = new AbortController();
    const embedder = make({ maxParallelRequests: 2, maxWaitingRequests: 1 });
    const context = callContext(10_000, caller.signal);
    const calls = [
      embedder.embedBatch(['passage in flight'], 'passage', context),
      embedder.embedBatch(['passage that waits'], 'passage', context),
      embedder.embedBatch(['query'], 'query', context),
    ];
    const outcomes = Promise.allSettled(calls);
    await expect(embedder.embedBatch(['too many'], 'passage', context)).rejects.toMatchObject({
      code: 'EMBEDDING_OVERLOADED',
    });
    await server.received(2);
    expect(server.requests.map(({ body }) => (body as { input: string[] }).input[0])).toEqual([
      'passage in flight',
      'query',
    ]);
    caller.abort();
    await outcomes;
  });

  it('shows the key in no error', async () => {
    const body = { error: { message: `Incorrect API key provided: ${SECRET}.` } };
    server.script({ kind: 'status', status: 401, body });
    const error: unknown = await embed(make()).catch((error: unknown) => error);
    expect(error).toMatchObject({ message: expect.stringContaining('[redacted]') as string });
    for (let at = error; at instanceof Error; at = at.cause) {
      expect(JSON.stringify([at.message, at.stack, at])).not.toContain(SECRET);
    }
  });

  it('says what to check when nobody listens', async () => {
    await server.close();
    await expect(embed(make({ maxAttempts: 1 }))).rejects.toMatchObject({
      code: 'EMBEDDING_UPSTREAM_FAILED',
      message: expect.stringContaining('OPENAI_BASE_URL') as string,
    });
    server = await startOpenAiServer();
  });

  it('asks a server that answered lately for no proof of health', async () => {
    const embedder = make();
    await embedder.checkHealth(callContext(5_000));
    await embedder.checkHealth(callContext(5_000));
    expect(server.requests).toHaveLength(1);
  });

  it('fails calls in flight when it closes', async () => {
    server.script({ kind: 'hang' });
    const embedder = make();
    const vectors = embed(embedder);
    const request = await server.received(1);
    const outcome = expect(vectors).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    await embedder.close();
    await outcome;
    await expect(request.outcome).resolves.toBe('aborted');
  });
});
