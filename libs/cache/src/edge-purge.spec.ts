import { startScriptedServer, type ScriptedServer } from '@acervo/testing';

import { EdgePurge, type EdgePurgeOptions } from './edge-purge';

describe('the purge of an edge', () => {
  let server: ScriptedServer;
  let generation: number;
  let failures: [string | undefined, unknown][];
  const open: EdgePurge[] = [];
  const make = (options: Partial<EdgePurgeOptions> = {}): EdgePurge => {
    const purge = new EdgePurge({
      url: `${server.origin}/purge`,
      token: 'secret',
      findGeneration: async () => Promise.resolve(generation),
      onFailure: (collection, reason) => failures.push([collection, reason]),
      delayMs: 5,
      backoffMs: 1,
      ...options,
    });
    open.push(purge);
    return purge;
  };
  const settled = async (purge: EdgePurge): Promise<void> => {
    while (purge.stats().waiting > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const told = (): unknown[] => server.requests.map(({ body }) => (body as { collection: unknown }).collection);

  beforeEach(async () => {
    server = await startScriptedServer({ '/purge': () => ({ status: 'ok' }) });
    generation = 7;
    failures = [];
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (purge) => purge.close()));
    await server.close();
  });

  it('names the collection, its generation and the key of its answers, with the token', async () => {
    make().notify('handbook');
    const { headers, body } = await server.received(1);
    expect(body).toEqual({ collection: 'handbook', generation: 7, surrogate_keys: ['collection-handbook'] });
    expect(headers).toMatchObject({
      'surrogate-key': 'collection-handbook',
      authorization: 'Bearer secret',
      'content-type': 'application/json',
    });
  });

  it('tells many changes of a moment together, for each collection, with the last generation', async () => {
    const purge = make({ delayMs: 20 });
    for (let nth = 0; nth < 100; nth++) {
      purge.notify('a');
      purge.notify('b');
      generation += 1;
    }
    await settled(purge);
    expect(told().sort()).toEqual(['a', 'b']);
    expect(server.requests[0]?.body).toMatchObject({ generation: 107 });
  });

  it('tells a change again that came while its collection was being told', async () => {
    server.script({ kind: 'hang' });
    const purge = make({ timeoutMs: 100 });
    purge.notify('a');
    await server.received(1);
    generation += 1;
    purge.notify('a');
    await settled(purge);
    // The call that hung, its second attempt, and the change that came meanwhile.
    expect(told()).toEqual(['a', 'a', 'a']);
    expect(purge.stats()).toEqual({ sent: 2, retried: 1, failed: 0, waiting: 0 });
  });

  it('says null for the generation of a collection that is gone', async () => {
    make({ findGeneration: async () => Promise.resolve(undefined) }).notify('a');
    expect((await server.received(1)).body).toMatchObject({ collection: 'a', generation: null });
  });

  it.each([{ kind: 'status', status: 503 }, { kind: 'status', status: 429 }, { kind: 'hang' }] as const)(
    'tries again after %j',
    async (reply) => {
      server.script(reply, reply);
      const purge = make({ timeoutMs: 100 });
      purge.notify('a');
      await settled(purge);
      expect(purge.stats()).toEqual({ sent: 1, retried: 2, failed: 0, waiting: 0 });
    },
  );

  it('gives up after the last attempt, and says so', async () => {
    server.script(...Array.from({ length: 3 }, () => ({ kind: 'status', status: 500 }) as const));
    const purge = make({ maxAttempts: 3 });
    purge.notify('a');
    await settled(purge);
    expect(purge.stats()).toEqual({ sent: 0, retried: 2, failed: 1, waiting: 0 });
    expect(failures).toEqual([['a', expect.objectContaining({ message: 'The edge answered 500.' })]]);
  });

  it.each([401, 404])('does not repeat what was refused with %i', async (status) => {
    server.script({ kind: 'status', status });
    const purge = make();
    purge.notify('a');
    await settled(purge);
    expect(server.requests).toHaveLength(1);
    expect(purge.stats()).toMatchObject({ failed: 1, retried: 0 });
  });

  it('does not carry its token to where it is redirected', async () => {
    const status = { kind: 'status', status: 307, headers: { location: `${server.origin}/other` } } as const;
    server.script(status, status);
    const purge = make({ maxAttempts: 2 });
    purge.notify('a');
    await settled(purge);
    expect(server.requests.map(({ path }) => path)).toEqual(['/purge', '/purge']);
    expect(purge.stats()).toMatchObject({ failed: 1 });
  });

  it('purges everything when too many collections wait', async () => {
    const purge = make({ maxWaiting: 3 });
    for (const collection of ['a', 'b', 'c', 'd', 'e']) purge.notify(collection);
    await settled(purge);
    expect(server.requests.map(({ body }) => body)).toEqual([
      { collection: null, generation: null, surrogate_keys: ['acervo'] },
    ]);
  });

  it('tells what waits when it is closed, once, also what hangs', async () => {
    server.script({ kind: 'hang' });
    const purge = make({ delayMs: 1 });
    purge.notify('hangs');
    const hanging = await server.received(1);
    purge.notify('waits');
    await purge.close();
    expect(told().sort()).toEqual(['hangs', 'hangs', 'waits']);
    expect(await hanging.outcome).toBe('aborted');
    expect(failures).toEqual([]);
    purge.notify('late');
    expect(purge.stats()).toMatchObject({ waiting: 0 });
  });
});
