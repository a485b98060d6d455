import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SqliteApiKeyStore } from '@acervo/identity';

import { createKey, runAcervo, type MadeKey } from './acervo-command';
import { AcervoProcess, type Answer } from './acervo-process';

/** Of a change by the command line, until a running server follows. */
const barMs = 5_000;

const open = ['/', '/docs', '/docs-json', '/health', '/health/live', '/health/ready', '/problems'];

describe('keys over HTTP', () => {
  let server: AcervoProcess;
  let reader: MadeKey;
  let admin: MadeKey;

  beforeAll(async () => {
    server = await AcervoProcess.start({ AUTH: 'keys', LOG_LEVEL: 'trace' });
    await server.ready();
    admin = await createKey(server.dataDirectory, '--scope', 'admin');
    reader = await createKey(server.dataDirectory);
    await until(async () => (await search(reader.key)).status === 200, 'a new key is known');
    const note = { id: 'note', title: 'Note', text: 'Our office is in Recife.' };
    expect((await server.post('/documents', note, { ...bearer(admin.key), prefer: 'wait=30' })).status).toBe(201);
  }, 90_000);
  afterAll(() => server.stop());

  const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
  const search = async (key: string): Promise<Answer> => server.get('/search?q=office', bearer(key));

  async function until(holds: () => Promise<boolean>, what: string): Promise<number> {
    const started = performance.now();
    while (!(await holds())) {
      if (performance.now() - started > barMs) throw new Error(`Not within ${barMs} ms: ${what}`);
    }
    return performance.now() - started;
  }

  /** All but what every answer has of its own. */
  function shapeOf({ status, headers, body }: Answer): unknown {
    const problem = { ...body, request_id: undefined };
    return { status, challenge: headers.get('www-authenticate'), type: headers.get('content-type'), problem };
  }

  it('lets nobody in without a key, on any route but the open ones', async () => {
    const { body } = await server.get<{ paths: Record<string, Record<string, unknown>> }>('/docs-json');
    const routes = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x')] as const),
    );
    expect(routes.length).toBeGreaterThan(20);
    for (const [method, path] of routes) {
      const { status, headers } = await server.request(method, path, method === 'GET' ? undefined : {});
      const isOpen = open.includes(path) || path.startsWith('/problems/');
      expect([method, path, status === 401]).toEqual([method, path, !isOpen]);
      if (!isOpen) expect(headers.get('www-authenticate')).toBe('Bearer realm="acervo"');
    }
    for (const path of open) expect((await server.get(path)).status).toBeLessThan(400);
  });

  it('takes a key by either header', async () => {
    expect((await server.get('/search?q=office', { 'x-api-key': reader.key })).status).toBe(200);
    expect((await search(reader.key)).status).toBe(200);
  });

  it('refuses wrong, truncated, expired and revoked keys alike (S11)', async () => {
    const revoked = await createKey(server.dataDirectory);
    await runAcervo(server.dataDirectory, ['keys', 'revoke', revoked.id]);
    const store = new SqliteApiKeyStore(server.dataDirectory);
    const soon = {
      scopes: ['search' as const],
      collections: undefined,
      limits: {},
      expiresAt: new Date(Date.now() + 3_000),
    };
    const expired = { key: store.create({ name: 'soon', tenant: 'public', ...soon }).text };
    store.close();
    await until(async () => (await search(expired.key)).status === 200, 'a new key is known');
    await until(async () => (await search(expired.key)).status === 401, 'it expires');
    const wrong = `${reader.key.slice(0, 20)}${admin.key.slice(20)}`;
    const refused = [wrong, reader.key.slice(0, -1), reader.key.slice(0, 17), 'hello', expired.key, revoked.key];
    const answers = await Promise.all(refused.map(async (key) => shapeOf(await search(key))));
    expect(answers[0]).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="acervo", error="invalid_token"',
      problem: { code: 'AUTH_INVALID' },
    });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  }, 60_000);

  it('follows a revocation by another process, also where answers come from a cache (S11)', async () => {
    const made = await createKey(server.dataDirectory);
    await until(async () => (await search(made.key)).status === 200, 'a new key is known');
    for (let round = 0; round < 3; round++) await search(made.key);
    expect((await search(made.key)).headers.get('cache-status')).toContain('hit');
    expect((await runAcervo(server.dataDirectory, ['keys', 'revoke', made.key])).code).toBe(0);
    const tookMs = await until(async () => (await search(made.key)).status === 401, 'it is refused');
    console.info(`revoked after ${tookMs.toFixed(0)} ms`);
  }, 60_000);

  it('is named in the log by its id, by the router and in front of it', async () => {
    const lines = server.log.split('\n').filter((line) => line.includes('request completed'));
    const named = lines.filter((line) => line.includes(`"client":"key:${reader.id}"`));
    expect(named.length).toBeGreaterThan(1);
    expect(lines.filter((line) => line.includes('"status":401') && line.includes('"client"'))).toEqual([]);
    await Promise.all([1, 2, 3].map(() => search(reader.key)));
    expect(server.log.split(`"client":"key:${reader.id}"`).length - 1).toBeGreaterThan(named.length);
  });

  it('lets a key do what its scopes and collections say', async () => {
    const bound = await createKey(
      server.dataDirectory,
      '--scope',
      'ingest',
      '--scope',
      'search',
      '--collection',
      'own',
    );
    await until(async () => (await server.get('/collections', bearer(bound.key))).status === 200, 'a new key is known');
    const codeOf = async (method: string, path: string, key: string, body?: unknown): Promise<unknown> => {
      const answer = await server.request(method, path, body, bearer(key));
      return [answer.status, answer.body['code']];
    };
    const forbidden = [403, 'AUTH_FORBIDDEN'];
    expect(await codeOf('POST', '/documents', reader.key, { text: 'x' })).toEqual(forbidden);
    expect(await codeOf('DELETE', '/collections/own', bound.key)).toEqual(forbidden);
    expect(await codeOf('GET', '/cache', reader.key)).toEqual(forbidden);
    expect(await codeOf('POST', '/search', bound.key, { query: 'x', collection: 'documents_dev' })).toEqual(forbidden);
    expect(await codeOf('GET', '/search?q=x&collection=documents_dev', bound.key)).toEqual(forbidden);
    expect(await codeOf('POST', '/documents', bound.key, { text: 'x', collection: 'other' })).toEqual(forbidden);
    expect(await codeOf('GET', '/cache', admin.key)).toEqual([200, undefined]);
    // The only collection of a key is its default.
    const note = { id: 'mine', text: 'A note of my own.' };
    expect((await server.post('/documents', note, { ...bearer(bound.key), prefer: 'wait=30' })).status).toBe(201);
    expect((await server.get('/search?q=note', bearer(bound.key))).body).toMatchObject({ collection: 'own' });
    const { body } = await server.get<{ collections: { name: string }[] }>('/collections', bearer(bound.key));
    expect(body.collections.map(({ name }) => name)).toEqual(['own']);
  });

  it('shows no key in logs, errors, metrics, caches or files (S15)', async () => {
    const answers = [
      await server.get('/search?q=office', { 'x-api-key': admin.key }),
      await server.get('/nowhere', bearer(admin.key)),
      await server.post('/search', '{', { ...bearer(admin.key), 'content-type': 'application/json' }),
      await server.post('/documents', { text: '' }, bearer(admin.key)),
      await server.get('/search?q=office', bearer(`${admin.key}x`)),
      await server.get('/cache', bearer(admin.key)),
      await server.get('/metrics', bearer(admin.key)),
      await server.get('/metrics?format=prometheus', bearer(admin.key)),
    ];
    await server.stop();
    const secrets = [admin.key, reader.key].map((key) => key.split('_')[2] ?? '');
    const places: [string, string][] = answers.map(({ body, headers }, nth) => [
      `answer ${nth}`,
      JSON.stringify([body, ...headers]),
    ]);
    places.push(['log', server.log]);
    for (const entry of await readdir(server.dataDirectory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) places.push([path, await readFile(path, 'latin1')]);
    }
    expect(places.length).toBeGreaterThan(10);
    const showing = places.filter(([, text]) => secrets.some((secret) => text.includes(secret)));
    expect(showing.map(([place]) => place)).toEqual([]);
  });
});

describe('keys in several workers', () => {
  let server: AcervoProcess;
  beforeAll(async () => {
    server = await AcervoProcess.start({ AUTH: 'keys', WORKERS: '2' });
    await server.ready();
  }, 60_000);
  afterAll(() => server.stop());

  it('are known and revoked in each of them, also for what is handed to the one that writes', async () => {
    const { id, key } = await createKey(server.dataDirectory, '--tenant', 'acme', '--scope', 'admin');
    const all = async (method: string, path: string, body?: unknown): Promise<Set<number>> => {
      const headers = { 'x-api-key': key, connection: 'close' };
      const asked = Array.from({ length: 12 }, async () => (await server.request(method, path, body, headers)).status);
      return new Set(await Promise.all(asked));
    };
    const write = ['POST', '/documents', { text: 'Our office is in Recife.', collection: 'notes' }] as const;
    const until = async (status: number): Promise<void> => {
      const started = performance.now();
      for (;;) {
        const seen = new Set([...(await all('GET', '/collections')), ...(await all(...write))]);
        if (seen.size === (status === 401 ? 1 : 2) && [...seen].every((one) => (one === 401) === (status === 401)))
          return;
        if (performance.now() - started > barMs) throw new Error(`Still ${[...seen].join(', ')} after ${barMs} ms`);
      }
    };
    await until(200);
    await runAcervo(server.dataDirectory, ['keys', 'revoke', id]);
    await until(401);
  }, 60_000);
});

/** A command line starts in a second or two. */
const commandsTimeoutMs = 90_000;

describe('acervo keys', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'acervo-keys-'));
  });

  it(
    'shows a key once, and lists what is known of it',
    async () => {
      const words = ['keys', 'create', 'Portal', '--tenant', 'acme', '--expires', '90d', '--limit', 'search=600'];
      const { stdout, stderr } = await runAcervo(directory, [...words, '--scope', 'chat', '--collection', 'docs']);
      const key = stdout.trim();
      expect(key).toMatch(/^acervo_\w{10}_\w{49}$/);
      expect(stderr).toContain('shown only now');
      const listed = await runAcervo(directory, ['keys', 'list', '--json']);
      expect(listed.stdout).not.toContain(key.slice(-40));
      const day = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
      expect(JSON.parse(listed.stdout)).toEqual([
        expect.objectContaining({
          ...{ name: 'Portal', tenant: 'acme', scopes: ['chat'], collections: ['docs'], limits: { search: 600 } },
          ...{ state: 'valid', expires_at: expect.stringContaining(day) as string, last_used_on: null },
        }),
      ]);
      expect((await runAcervo(directory, ['keys', 'list'])).stdout).toContain('Portal');
      expect((await runAcervo(directory, ['keys', 'revoke', key])).stdout).toContain('Portal is revoked');
      expect((await runAcervo(directory, ['keys', 'list'])).stdout).toContain('revoked');
      expect((await runAcervo(directory, ['keys', 'revoke', 'nobody'])).code).toBe(1);
    },
    commandsTimeoutMs,
  );

  it(
    'must have made one before a production server starts, unless AUTH=off is said aloud',
    async () => {
      const { code, stderr } = await runAcervo(directory, ['serve'], {
        ENVIRONMENT: 'production',
        PORT: '0',
        WORKERS: '1',
      });
      expect(code).toBe(78);
      expect(stderr).toContain('acervo keys create');
      expect(stderr).toContain('AUTH=off');
      const production = { ENVIRONMENT: 'production', DRAIN_DELAY_SECONDS: '0', WORKERS: '1', DATA_DIR: directory };
      const unguarded = await AcervoProcess.start({ ...production, AUTH: 'off' });
      await unguarded.stop();
      expect(unguarded.log).toContain('AUTH=off: everybody');
      await createKey(directory);
      const guarded = await AcervoProcess.start(production);
      expect((await guarded.get('/search?q=x')).status).toBe(401);
      await guarded.stop();
    },
    commandsTimeoutMs,
  );
});
