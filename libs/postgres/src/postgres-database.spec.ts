import { callContext, type CallContext } from '@acervo/kernel';
import { describeWithPostgres, sparePort, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { listenForever } from './listener';
import { migrate } from './migrate';
import { PostgresDatabase } from './postgres-database';

const soon = (): CallContext => callContext(10_000);

describeWithPostgres('PostgresDatabase', () => {
  let server: PostgresServer;
  let url: string;
  let database: PostgresDatabase;

  beforeAll(async () => {
    server = await startPostgresServer();
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(() => {
    url = server.createDatabase().url;
    database = new PostgresDatabase({ url, maxConnections: 4 });
  });
  afterEach(async () => {
    await database.close();
  });

  it('stops a statement whose caller left, and has its connection back', async () => {
    const narrow = new PostgresDatabase({ url, maxConnections: 1 });
    try {
      await narrow.checkHealth(soon());
      const caller = new AbortController();
      const slow = narrow.query(callContext(30_000, caller.signal), (sql) => sql`SELECT pg_sleep(60)`);
      const sleeping = async (): Promise<number> =>
        (await database.query(soon(), (sql) => sql`SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'`))
          .count;
      while ((await sleeping()) === 0) await new Promise((resolve) => setImmediate(resolve));
      caller.abort();
      await expect(slow).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
      await narrow.checkHealth(soon());
    } finally {
      await narrow.close();
    }
  });

  it('ends statements at the deadline, in transactions too', async () => {
    await database.checkHealth(soon());
    const late = { code: 'REQUEST_DEADLINE_EXCEEDED' };
    await expect(database.query(callContext(50), (sql) => sql`SELECT pg_sleep(60)`)).rejects.toMatchObject(late);
    await expect(database.transaction(callContext(50), async (sql) => sql`SELECT pg_sleep(60)`)).rejects.toMatchObject(
      late,
    );
    await database.checkHealth(soon());
  });

  it('waits with its tables for a database that starts', async () => {
    await server.kill();
    const ready = migrate(database, 'late', [{ name: 'one', sql: 'CREATE TABLE acervo.late (x int)' }], soon());
    await server.restart();
    await ready;
    await database.query(soon(), (sql) => sql`INSERT INTO acervo.late VALUES (1)`);
  });

  it('rolls back what rejects', async () => {
    await database.query(soon(), (sql) => sql`CREATE TABLE kept (x int)`);
    const work = database.transaction(soon(), async (sql) => {
      await sql`INSERT INTO kept VALUES (1)`;
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await database.query(soon(), (sql) => sql`SELECT x FROM kept`)).toHaveLength(0);
  });

  it('migrates once when several start at the same time, and refuses a newer database', async () => {
    const steps = [
      { name: 'table', sql: 'CREATE TABLE acervo.thing (x int); INSERT INTO acervo.thing VALUES (1)' },
      { name: 'more', sql: 'INSERT INTO acervo.thing VALUES (2)' },
    ];
    await Promise.all([1, 2, 3, 4].map(async () => migrate(database, 'things', steps, soon())));
    const [row] = await database.query<{ n: number }[]>(
      soon(),
      (sql) => sql`SELECT count(*)::int AS n FROM acervo.thing`,
    );
    expect(row?.n).toBe(2);
    await expect(migrate(database, 'things', steps.slice(0, 1), soon())).rejects.toMatchObject({ code: 'STORE_NEWER' });
  });

  it('says that a database which does not answer is unavailable', async () => {
    const absent = new PostgresDatabase({ url: `postgres://acervo@127.0.0.1:${await sparePort()}/x` });
    await expect(absent.checkHealth(soon())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await absent.close();
    expect(() => new PostgresDatabase({ url: 'mysql://secret@x/y' })).toThrow(
      expect.objectContaining({
        code: 'STORE_UNAVAILABLE',
        message: expect.not.stringContaining('secret') as string,
      }) as Error,
    );
  });

  it('hears what is told, again after its connection was cut', async () => {
    const heard: string[] = [];
    let connected = 0;
    let tell: (() => void) | undefined;
    const next = async (): Promise<void> => new Promise((resolve) => (tell = resolve));
    const first = next();
    const listener = listenForever({
      ...{ url, channel: 'news', heartbeatMs: 200 },
      onMessage: (payload) => {
        heard.push(payload);
        tell?.();
      },
      onConnected: () => {
        connected++;
        tell?.();
      },
      onLost: () => undefined,
    });
    try {
      await first;
      const second = next();
      await database.query(soon(), (sql) => sql`SELECT pg_notify('news', 'one')`);
      await second;
      const again = next();
      await database.query(
        soon(),
        (sql) => sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'acervo listener'`,
      );
      await again;
      const third = next();
      await database.query(soon(), (sql) => sql`SELECT pg_notify('news', 'two')`);
      await third;
      expect({ heard, connected }).toEqual({ heard: ['one', 'two'], connected: 2 });
    } finally {
      await listener.close();
    }
  }, 15_000);
});

describeWithPostgres('PostgresDatabase on two hosts', () => {
  it('writes to the standby once it is promoted, with nothing lost', async () => {
    const primary = await startPostgresServer();
    const standby = await primary.startStandby({ isSynchronous: true });
    const database = new PostgresDatabase({ url: `postgres://acervo@${standby.host},${primary.host}/postgres` });
    try {
      await database.query(soon(), (sql) => sql`CREATE TABLE kept (x int)`);
      await database.query(soon(), (sql) => sql`INSERT INTO kept VALUES (1)`);
      await primary.kill();
      await expect(database.query(callContext(1_000), (sql) => sql`INSERT INTO kept VALUES (2)`)).rejects.toBeDefined();
      standby.promote();
      await database.query(soon(), (sql) => sql`INSERT INTO kept VALUES (3)`);
      const rows = await database.query<{ x: number }[]>(
        soon(),
        (sql) => sql`SELECT x FROM kept WHERE x <> 2 ORDER BY x`,
      );
      expect(rows.map(({ x }) => x)).toEqual([1, 3]);
    } finally {
      await database.close();
      await standby.stop();
      await primary.stop();
    }
  }, 60_000);
});
