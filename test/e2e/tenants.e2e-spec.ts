/**
 * S10: three tenants with equally named collections and documents, two roles each, random operations on every route
 * that shows or changes anything. Every answer is compared with a model of what its tenant wrote, and no byte of any
 * answer, headers included, may come from another tenant.
 */
import * as fc from 'fast-check';

import { SqliteApiKeyStore } from '@acervo/identity';

import { AcervoProcess, type Answer } from './acervo-process';

const tenants = ['public', 'acme', 'globex'] as const;
type Tenant = (typeof tenants)[number];
const collections = ['docs', 'notes'] as const;
const ids = ['a', 'b', 'c'] as const;

const runs = 12;
const operationsPerRun = 30;

interface Found {
  readonly collection: string;
  readonly results: readonly { readonly document_id: string; readonly text: string }[];
}
interface Listed {
  readonly documents: readonly { readonly id: string; readonly collection: string }[];
}

/** In every text of a tenant, and nowhere else: no question holds it. */
const markOf = (tenant: Tenant): string => `mark${tenant}zq`;

describe('tenants (S10)', () => {
  let server: AcervoProcess;
  const keys = {} as Record<Tenant, Record<'admin' | 'reader', string>>;
  /** By tenant and collection: the texts by id. */
  const model = new Map<string, Map<string, string>>();
  /** Idempotency-Keys that were used. */
  const added = new Set<string>();
  const jobs: { readonly tenant: Tenant; readonly id: string }[] = [];
  const conversations: { readonly tenant: Tenant; readonly id: string }[] = [];
  let checked = 0;

  beforeAll(async () => {
    server = await AcervoProcess.start({ AUTH: 'keys', COLLECTION_NAME: 'docs' });
    const store = new SqliteApiKeyStore(server.dataDirectory);
    for (const tenant of tenants) {
      const any = { name: tenant, tenant, collections: undefined, limits: {}, expiresAt: undefined };
      const admin = store.create({ ...any, scopes: ['admin'] });
      const reader = store.create({ ...any, scopes: ['search', 'chat'] });
      keys[tenant] = { admin: admin.text, reader: reader.text };
    }
    store.close();
    await server.ready();
    while ((await server.get('/collections', { 'x-api-key': keys.globex.reader })).status !== 200);
  }, 60_000);
  afterAll(() => server.stop());

  /** Sends a request, and looks for traces of others in all of its answer. */
  async function ask<T = Record<string, unknown>>(
    tenant: Tenant,
    role: 'admin' | 'reader',
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const answer = await server.request<T>(method, path, body, { 'x-api-key': keys[tenant][role], ...headers });
    const seen = JSON.stringify([answer.body, ...answer.headers]);
    for (const other of tenants) {
      if (other !== tenant && seen.includes(markOf(other))) throw new Error(`${tenant} sees ${other}: ${seen}`);
    }
    expect(seen).not.toContain(`${tenant}.docs`);
    checked++;
    return answer;
  }

  function textsOf(tenant: Tenant, collection: string): Map<string, string> | undefined {
    return model.get(`${tenant}/${collection}`);
  }

  const tenantOf = fc.constantFrom(...tenants);
  const collectionOf = fc.constantFrom(...collections);
  const roleOf = fc.constantFrom('admin' as const, 'reader' as const);
  const operation = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('put' as const),
        tenant: tenantOf,
        collection: collectionOf,
        id: fc.constantFrom(...ids),
        version: fc.nat(99),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('add' as const), tenant: tenantOf, version: fc.nat(3) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('remove' as const),
        tenant: tenantOf,
        collection: collectionOf,
        id: fc.constantFrom(...ids),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('drop' as const), tenant: tenantOf, collection: collectionOf }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constant('search' as const),
        tenant: tenantOf,
        role: roleOf,
        collection: collectionOf,
        by: fc.constantFrom('POST', 'GET', 'batch', 'async', 'job'),
        mode: fc.constantFrom('lexical', 'hybrid'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('chat' as const),
        tenant: tenantOf,
        role: roleOf,
        collection: collectionOf,
        version: fc.nat(9),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('list' as const),
        tenant: tenantOf,
        role: roleOf,
        collection: collectionOf,
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('count' as const), tenant: tenantOf, role: roleOf }) },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('pry' as const), tenant: tenantOf, role: roleOf, other: tenantOf }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('clear' as const), tenant: tenantOf, collection: collectionOf }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('write as reader' as const),
        tenant: tenantOf,
        collection: collectionOf,
      }),
    },
  );
  type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

  async function perform(op: Operation): Promise<void> {
    const { tenant } = op;
    switch (op.type) {
      case 'put': {
        const text = `Relatório confidencial ${markOf(tenant)}, versão ${op.version}.`;
        const body = { title: 'Relatório', text, collection: op.collection };
        const { status, body: said } = await ask(tenant, 'admin', 'PUT', `/documents/${op.id}`, body, {
          prefer: 'wait=30',
        });
        expect([200, 201, 202]).toContain(status);
        jobs.push({ tenant, id: String(said['job_id']) });
        // The same content twice is one document: under the id that it had first.
        const texts = textsOf(tenant, op.collection) ?? new Map<string, string>();
        model.set(`${tenant}/${op.collection}`, texts);
        const twin = [...texts].find(([id, other]) => id !== op.id && other === text);
        if (twin === undefined || said['document_id'] === op.id) texts.set(op.id, text);
        return;
      }
      case 'add': {
        // Equal Idempotency-Keys and ids of all tenants.
        const body = {
          id: `v${op.version}`,
          title: 'Relatório',
          text: `Relatório número ${op.version} ${markOf(tenant)}.`,
        };
        const headers = { prefer: 'wait=30', 'idempotency-key': `report-${op.version}` };
        const { status } = await ask(tenant, 'admin', 'POST', '/documents', body, headers);
        expect([201, 202]).toContain(status);
        // A repetition answers with the first job, whatever became of its document.
        if (added.has(`${tenant}/${op.version}`)) return;
        added.add(`${tenant}/${op.version}`);
        const texts = textsOf(tenant, 'docs') ?? new Map<string, string>();
        model.set(`${tenant}/docs`, texts.set(body.id, body.text));
        return;
      }
      case 'remove': {
        const path = `/documents/${op.id}?collection=${op.collection}`;
        const { status } = await ask(tenant, 'admin', 'DELETE', path);
        expect(status).toBe(textsOf(tenant, op.collection)?.delete(op.id) === true ? 204 : 404);
        return;
      }
      case 'drop': {
        const { status } = await ask(tenant, 'admin', 'DELETE', `/collections/${op.collection}`);
        // The default collection of the operator was made at the start.
        const isThere = model.delete(`${tenant}/${op.collection}`);
        if (isThere) expect(status).toBe(204);
        else expect([204, 404]).toContain(status);
        return;
      }
      case 'search':
        await search(op);
        return;
      case 'chat': {
        const message = `O que diz o relatório confidencial, versão ${op.version}?`;
        const { status, body } = await ask(tenant, op.role, 'POST', '/chat', { message, collection: op.collection });
        if (textsOf(tenant, op.collection) === undefined) expect([200, 404]).toContain(status);
        else expect(status).toBe(200);
        if (status === 200) conversations.push({ tenant, id: String(body['conversation_id']) });
        return;
      }
      case 'list': {
        const { status, body } = await ask<Listed>(tenant, op.role, 'GET', `/documents?collection=${op.collection}`);
        const texts = textsOf(tenant, op.collection);
        if (texts === undefined) expect(status === 404 || body.documents.length === 0).toBe(true);
        else expect(body.documents.map(({ id }) => id).sort()).toEqual([...texts.keys()].sort());
        return;
      }
      case 'count': {
        const { body } = await ask<{ collections: { name: string; documents: number }[] }>(
          ...([tenant, op.role, 'GET', '/collections'] as const),
        );
        const counts = new Map(body.collections.map(({ name, documents }) => [name, documents]));
        for (const collection of collections) {
          expect([collection, counts.get(collection) ?? 0]).toEqual([
            collection,
            textsOf(tenant, collection)?.size ?? 0,
          ]);
        }
        expect([...counts.keys()].filter((name) => !collections.some((known) => known === name))).toEqual([]);
        return;
      }
      case 'pry': {
        const { other } = op;
        if (other === tenant) return;
        const foreign = jobs.findLast((job) => job.tenant === other);
        if (foreign !== undefined) {
          for (const [method, path] of [
            ['GET', `/jobs/${foreign.id}`],
            ['GET', `/jobs/${foreign.id}/events`],
            ['DELETE', `/jobs/${foreign.id}`],
          ] as const) {
            expect((await ask(tenant, 'admin', method, path)).body['code']).toBe('JOB_NOT_FOUND');
          }
        }
        const talk = conversations.findLast((conversation) => conversation.tenant === other);
        if (talk !== undefined) {
          expect((await ask(tenant, op.role, 'GET', `/conversations/${talk.id}`)).status).toBe(404);
          expect((await ask(tenant, op.role, 'DELETE', `/conversations/${talk.id}`)).status).toBe(404);
        }
        await ask(tenant, op.role, 'GET', '/conversations');
        const named = `${other}.docs`;
        const chat = { message: 'relatório confidencial', collection: named };
        expect((await server.post('/chat', chat, { 'x-api-key': keys[tenant][op.role] })).status).toBe(404);
        const body = { query: 'relatório', collection: named };
        expect((await server.post('/search', body, { 'x-api-key': keys[tenant][op.role] })).status).toBe(404);
        const path = `/search?q=relat%C3%B3rio&collection=${named}`;
        expect((await server.get(path, { 'x-api-key': keys[tenant][op.role] })).status).toBe(404);
        expect((await server.get(`/collections/${named}`, { 'x-api-key': keys[tenant].admin })).status).toBe(400);
        const { status } = await ask(tenant, op.role, 'GET', '/cache');
        expect(status).toBe(tenant === 'public' && op.role === 'admin' ? 200 : 403);
        if (tenant !== 'public') expect((await ask(tenant, 'admin', 'DELETE', '/cache')).status).toBe(403);
        return;
      }
      case 'clear':
        expect((await ask(tenant, 'admin', 'DELETE', `/cache?collection=${op.collection}`)).status).toBe(204);
        return;
      case 'write as reader': {
        const body = { title: 'x', text: 'Não deve entrar.', collection: op.collection };
        expect((await ask(tenant, 'reader', 'POST', '/documents', body)).status).toBe(403);
        expect((await ask(tenant, 'reader', 'PUT', '/documents/a', body)).status).toBe(403);
        expect((await ask(tenant, 'reader', 'DELETE', `/collections/${op.collection}`)).status).toBe(403);
        return;
      }
    }
  }

  async function search(op: Extract<Operation, { type: 'search' }>): Promise<void> {
    const { tenant, collection, mode } = op;
    const request = { query: 'relatório', max_results: 100, mode, collection };
    const found = await answerOf(op, request);
    const texts = textsOf(tenant, collection);
    if (found === undefined) {
      expect(texts).toBeUndefined();
      return;
    }
    expect(found.collection).toBe(collection);
    const seen = found.results.map(({ document_id }) => document_id).sort();
    expect(seen).toEqual([...(texts?.keys() ?? [])].sort());
    for (const { document_id, text } of found.results) expect(texts?.get(document_id)).toContain(text);
  }

  async function answerOf(
    { tenant, role, by }: Extract<Operation, { type: 'search' }>,
    request: { query: string; max_results: number; mode: string; collection: string },
  ): Promise<Found | undefined> {
    switch (by) {
      case 'GET': {
        const { query, ...rest } = request;
        const parameters = new URLSearchParams({ q: query, ...rest, max_results: '100' });
        return found(await ask<Found>(tenant, role, 'GET', `/search?${parameters.toString()}`));
      }
      case 'batch': {
        const { body } = await ask<{ results: [Found & { code?: string }] }>(tenant, role, 'POST', '/batch-search', [
          request,
        ]);
        const [first] = body.results;
        if (first.code === undefined) return first;
        expect(first.code).toBe('COLLECTION_NOT_FOUND');
        return undefined;
      }
      case 'job': {
        const { body } = await ask(tenant, role, 'POST', '/search-async', request, { prefer: 'respond-async' });
        const id = String(body['job_id']);
        jobs.push({ tenant, id });
        for (;;) {
          const job = await ask<{ state: string; result?: Found }>(tenant, role, 'GET', `/jobs/${id}`);
          expect(job.status).toBe(200);
          const { state, result } = job.body;
          if (state === 'failed') return undefined;
          if (state === 'succeeded') return result;
        }
      }
      case 'async':
        return found(await ask<Found>(tenant, role, 'POST', '/search-async', request));
      case 'POST':
        return found(await ask<Found>(tenant, role, 'POST', '/search', request));
    }
  }

  function found({ status, body }: Answer<Found>): Found | undefined {
    expect([200, 404]).toContain(status);
    return status === 200 ? body : undefined;
  }

  it('see nothing of each other: 0 foreign ids, texts and counts in random operations', async () => {
    const seed = Number(process.env['FC_SEED'] ?? 20261124);
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: operationsPerRun, maxLength: operationsPerRun }),
        async (ops) => {
          for (const op of ops) await perform(op);
        },
      ),
      // The server keeps what earlier runs wrote, and the model with it: a smaller example would begin elsewhere.
      { numRuns: runs, seed, endOnFailure: true },
    );
    console.info(`S10: ${checked} answers compared, seed ${seed}`);
  }, 120_000);
});
