/** Two servers that share nothing but a database: documents, removals, keys and conversations. */
import {
  describeWithPostgres,
  describeWithRedis,
  startFaultProxy,
  startPostgresServer,
  startRedisServer,
  type FaultProxy,
  type PostgresServer,
  type RedisServer,
} from '@acervo/testing';

import { runAcervo } from './acervo-command';
import { AcervoProcess, type Answer } from './acervo-process';

interface Found {
  readonly results: readonly { readonly document_id: string }[];
}

const visibleMs = 1_000;

describeWithPostgres('with Postgres', () => {
  describeWithRedis('two servers on one database', () => {
    let postgres: PostgresServer;
    let redis: RedisServer;
    let toPostgres: FaultProxy;
    let toRedis: FaultProxy;
    let variables: Record<string, string>;
    let one: AcervoProcess;
    let other: AcervoProcess;
    let key: string;
    let nth = 0;

    beforeAll(async () => {
      postgres = await startPostgresServer();
      redis = await startRedisServer();
      toPostgres = await startFaultProxy(postgres.port);
      toRedis = await startFaultProxy(redis.port);
      variables = {
        ...{
          STORE: 'postgres',
          DATABASE_URL: `postgres://acervo@127.0.0.1:${toPostgres.port}/${postgres.createDatabase().name}`,
          VECTOR_INDEX: 'pgvector',
          AUTH: 'keys',
        },
        REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
      };
      one = await AcervoProcess.start(variables);
      other = await AcervoProcess.start(variables);
      key = await makeKey('admin');
    }, 180_000);
    afterAll(async () => {
      await one.stop();
      await other.stop();
      await toPostgres.close();
      await toRedis.close();
      await redis.stop();
      await postgres.stop();
    }, 60_000);

    const makeKey = async (scope: string): Promise<string> => {
      const { stdout, stderr } = await runAcervo(
        one.dataDirectory,
        ['keys', 'create', 'test', '--json', '--scope', scope],
        variables,
      );
      if (stdout === '') throw new Error(stderr);
      return (JSON.parse(stdout) as { key: string }).key;
    };
    const ask = async <T>(server: AcervoProcess, method: string, path: string, body?: unknown): Promise<Answer<T>> =>
      await server.request<T>(method, path, body, { 'x-api-key': key, prefer: 'wait=30' });
    /** Milliseconds until `isSo`; undefined when it is not within ten seconds. */
    const waitFor = async (isSo: () => Promise<boolean>): Promise<number | undefined> => {
      const started = performance.now();
      while (performance.now() - started < 10_000) if (await isSo()) return performance.now() - started;
      return undefined;
    };
    const shows = async (server: AcervoProcess, word: string): Promise<boolean> => {
      const { body } = await ask<Found>(server, 'POST', '/search', { query: word, mode: 'lexical' });
      return body.results.some(({ document_id }) => document_id === word);
    };
    const add = async (server: AcervoProcess, word: string): Promise<void> => {
      const document = { id: word, title: word, text: `A passage about ${word}, written for this test alone.` };
      const { status, body } = await ask(server, 'POST', '/documents', document);
      if (status >= 300) throw new Error(JSON.stringify(body));
    };

    it('a key made on the command line opens both', async () => {
      const opened = async (server: AcervoProcess): Promise<boolean> =>
        (await ask(server, 'GET', '/collections')).status === 200;
      expect(await waitFor(async () => (await opened(one)) && (await opened(other)))).toBeDefined();
    });

    it.each(['both buses', 'Redis cut'])('a document shows on the other server, with %s (B8)', async (which) => {
      toRedis.setFault({ kind: which === 'Redis cut' ? 'refuse' : 'none' });
      const word = `zanzibar${nth++}`;
      expect(await shows(other, word)).toBe(false);
      await add(one, word);
      const shownMs = await waitFor(async () => shows(other, word));
      console.info(`a commit shows on the other server after ${shownMs?.toFixed(0)} ms, ${which}`);
      expect(shownMs).toBeLessThan(visibleMs * 5);
      await ask(one, 'DELETE', `/documents/${word}`);
      const goneMs = await waitFor(async () => !(await shows(other, word)));
      console.info(`a removal shows on the other server after ${goneMs?.toFixed(0)} ms, ${which}`);
      expect(goneMs).toBeLessThan(visibleMs * 5);
      toRedis.setFault({ kind: 'none' });
    });

    it('a conversation goes on at the other server', async () => {
      await add(one, 'baobab');
      await waitFor(async () => shows(other, 'baobab'));
      const first = await ask<{ conversation_id: string }>(one, 'POST', '/chat', { message: 'baobab' });
      const { conversation_id } = first.body;
      const second = await ask<{ conversation_id: string }>(other, 'POST', '/chat', {
        ...{ message: 'baobab passage', conversation_id },
      });
      expect(second.status).toBe(200);
      const kept = await ask<{ messages: unknown[] }>(one, 'GET', `/conversations/${conversation_id}`);
      expect(kept.body.messages).toHaveLength(4);
    });

    it('a revoked key is refused by both within 5 s', async () => {
      const revoked = await makeKey('search');
      const statusAt = async (server: AcervoProcess): Promise<number> =>
        (await fetch(`${server.url}/collections`, { headers: { 'x-api-key': revoked } })).status;
      await waitFor(async () => (await statusAt(one)) !== 401 && (await statusAt(other)) !== 401);
      await runAcervo(one.dataDirectory, ['keys', 'revoke', revoked], variables);
      const refusedMs = await waitFor(async () => (await statusAt(one)) === 401 && (await statusAt(other)) === 401);
      expect(refusedMs).toBeDefined();
    });
  });
});
