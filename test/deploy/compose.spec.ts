import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';

import { loadConfig, type AcervoConfig } from '@acervo/config';
import { describeWithRedis, sparePort } from '@acervo/testing';

import { readComposeFile, repositoryRoot, unescaped } from './compose-file';
import { environmentOf, readStages } from './dockerfile';

const files = ['docker-compose.yml', 'docker-compose.prod.yml'] as const;
const production = readComposeFile('docker-compose.prod.yml');
const { api, nginx, postgres, chroma, redis } = production.services as Required<typeof production>['services'] & {
  readonly [Name in 'api' | 'nginx' | 'postgres' | 'chroma' | 'redis']: (typeof production)['services'][string];
};
const image = environmentOf(
  readStages(readFileSync(join(repositoryRoot, 'deploy', 'Dockerfile'), 'utf8')).at(-1) ?? {
    name: '',
    image: '',
    steps: [],
  },
);
/** What the server takes for a stop at most, beside DRAIN_DELAY_SECONDS: see drain.ts. */
const drainSeconds = 30;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'acervo-compose-'));
  cpSync(join(repositoryRoot, 'deploy', 'make-secrets.sh'), join(folder, 'make-secrets.sh'));
  execFileSync('bash', [join(folder, 'make-secrets.sh')]);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function secret(name: string): string {
  return readFileSync(join(folder, 'secrets', name), 'utf8');
}

/** The environment of a container of `api`, its secrets where the script has put them. */
function configOf(environment: Readonly<Record<string, string>> = {}): AcervoConfig {
  const variables = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace('/run/secrets', join(folder, 'secrets'))]),
  );
  const own = Object.fromEntries([...image].filter(([name]) => name !== 'NODE_ENV' && name !== 'HOME'));
  return loadConfig({ ...own, ...variables }, '').config;
}

describe.each(files)('%s', (name) => {
  const { services, volumes, secrets = {} } = readComposeFile(name);

  it('gives the server names and values that it takes, as a container that cannot be written', () => {
    const config = configOf(services['api']?.environment);
    expect(config).toMatchObject({ ENVIRONMENT: 'production', AUTH: 'keys', LOG_FORMAT: 'json' });
    expect(services['api']).toMatchObject({ read_only: true, cap_drop: ['ALL'], restart: 'unless-stopped' });
    expect(services['api']?.build).toEqual({ context: '.', dockerfile: 'deploy/Dockerfile' });
    expect(parseInt(services['api']?.stop_grace_period ?? '')).toBeGreaterThanOrEqual(
      config.DRAIN_DELAY_SECONDS + drainSeconds + 10,
    );
  });

  it('mounts volumes and secrets that it declares, and files that exist', () => {
    for (const service of Object.values(services)) {
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect([source, existsSync(join(repositoryRoot, source))]).toEqual([source, true]);
        else expect(Object.keys(volumes)).toContain(source);
      }
      for (const one of service.secrets ?? []) expect(Object.keys(secrets)).toContain(one);
    }
    expect(services['api']?.volumes?.[0]?.split(':')[1]).toBe(image.get('DATA_DIR'));
  });

  it('restarts, drops capabilities and names a version of everything', () => {
    for (const service of Object.values(services)) {
      expect(service.restart).toBe('unless-stopped');
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.image).toMatch(/:(local$|.*\d)/);
    }
  });
});

describe('docker-compose.prod.yml', () => {
  it('runs four servers within what a machine of theirs has', () => {
    expect(api.deploy).toMatchObject({
      replicas: configOf(api.environment).REPLICAS,
      resources: { limits: { cpus: '1.0', memory: '2G' }, reservations: { cpus: '0.5', memory: '1G' } },
    });
    expect(api.deploy?.replicas).toBe(4);
    expect(redis.deploy?.resources?.limits).toEqual({ cpus: '0.5', memory: '512M' });
  });

  it('starts each service after those it needs are healthy', () => {
    const needs = (service: typeof api): string[] => Object.keys(service.depends_on ?? {});
    expect(needs(api).sort()).toEqual(['chroma', 'postgres', 'redis']);
    expect(needs(nginx)).toEqual(['api']);
    for (const service of Object.values(production.services)) {
      expect(service.healthcheck?.test[0]).toMatch(/^CMD/);
      for (const { condition } of Object.values(service.depends_on ?? {})) expect(condition).toBe('service_healthy');
    }
  });

  it('lets the outside reach nginx alone', () => {
    expect(production.networks?.['inside']).toEqual({ internal: true });
    for (const [name, { networks, ports }] of Object.entries(production.services)) {
      expect(networks).toEqual(name === 'nginx' ? ['inside', 'edge'] : ['inside']);
      if (name === 'nginx') expect(ports).toEqual(['0.0.0.0:80:80', '0.0.0.0:443:443']);
      else expect(ports).toBeUndefined();
    }
  });

  it('has passwords that fit each other, and keeps those that exist', () => {
    expect(secret('database_url')).toBe(`postgres://acervo:${secret('postgres_password')}@postgres:5432/acervo`);
    expect(secret('redis_url')).toBe(`redis://:${secret('redis_password')}@redis:6379/0`);
    const before = secret('redis_password');
    execFileSync('bash', [join(folder, 'make-secrets.sh')]);
    expect(secret('redis_password')).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(postgres.environment).toMatchObject({ POSTGRES_USER: 'acervo', POSTGRES_DB: 'acervo' });
    const given = Object.values(production.services).flatMap(({ environment = {} }) => Object.entries(environment));
    expect(
      given.filter(
        ([name, value]) => /PASSWORD|KEY|TOKEN|DATABASE_URL|REDIS_URL/.test(name) && !value.startsWith('/run/secrets/'),
      ),
    ).toEqual([]);
  });

  it('asks the servers where they answer', () => {
    const { PORT, CHROMA_URL } = configOf(api.environment);
    expect(api.healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${PORT}/health/ready`);
    expect(new URL(CHROMA_URL ?? '').host).toBe('chroma:8000');
    expect(chroma.healthcheck?.test.join(' ')).toContain('/127.0.0.1/8000');
  });

  it.each([
    [200, 0],
    [503, 1],
  ])('takes the answer %i of its servers for exit code %i', async (status, code) => {
    const server = createServer((_request, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const [, program = '', ...words] = api.healthcheck?.test ?? [];
    const check = spawn(
      program,
      words.map((word) => word.replace(':8000', `:${port}`)),
    );
    const [ended] = (await once(check, 'exit')) as [number];
    server.close();
    expect(ended).toBe(code);
  });
});

describeWithRedis('the Redis of docker-compose.prod.yml', () => {
  let server: ChildProcess | undefined;
  afterEach(() => server?.kill('SIGKILL'));

  it('starts with its command, asks for the password and keeps what it is told', async () => {
    const port = await sparePort();
    const [program = '', ...words] = (redis.command ?? []).map((word) =>
      unescaped(word)
        .replace('/run/secrets', join(folder, 'secrets'))
        .replace('dir /data', `dir ${folder}\\nport ${port}\\nbind 127.0.0.1`),
    );
    server = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      let log = '';
      server?.stdout?.on('data', (text: Buffer) => {
        log += text.toString();
        if (log.includes('Ready to accept')) resolve();
      });
      server?.once('exit', () => {
        reject(new Error(log));
      });
    });
    const client = await createClient({
      url: secret('redis_url').replace('redis:6379', `127.0.0.1:${port}`),
    }).connect();
    expect(await client.configGet(['maxmemory', 'maxmemory-policy', 'appendonly'])).toEqual({
      maxmemory: String(384 * 2 ** 20),
      'maxmemory-policy': 'volatile-lfu',
      appendonly: 'yes',
    });
    client.destroy();
    const stranger = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } });
    stranger.on('error', () => undefined);
    await expect(stranger.connect().then(async () => stranger.ping())).rejects.toThrow(/NOAUTH/);
    stranger.destroy();
  }, 20_000);
});
