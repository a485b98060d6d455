import { describeWithPostgres, startPostgresServer, type PostgresServer } from './postgres-server';

describeWithPostgres('the Postgres of tests', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgresServer();
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });

  it('has pgvector with half precision', () => {
    const { name } = server.createDatabase();
    server.run('CREATE EXTENSION vector', name);
    expect(server.run("SELECT '[1,0]'::halfvec <=> '[0,1]'::halfvec", name)).toBe('1');
  });

  it('keeps what it acknowledged when it is killed', async () => {
    const { name } = server.createDatabase();
    server.run('CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)', name);
    await server.kill();
    await server.restart();
    expect(server.run('SELECT x FROM kept', name)).toBe('7');
  }, 30_000);

  it('has a synchronous standby that takes over without a loss', async () => {
    const { name } = server.createDatabase();
    const standby = await server.startStandby({ isSynchronous: true });
    try {
      server.run('CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)', name);
      await server.kill();
      standby.promote();
      expect(standby.run('INSERT INTO kept VALUES (8) RETURNING (SELECT max(x) FROM kept)', name)).toBe('7');
    } finally {
      await standby.stop();
    }
  }, 60_000);
});
