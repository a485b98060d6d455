/**
 * The whole of docker-compose.prod.yml as processes of this machine: nginx with the files of deploy/nginx, servers, and
 * the engines that they share. Between the servers and each engine is a proxy that can be told to misbehave.
 */
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  isChromaServerSupported,
  sparePort,
  startChromaServer,
  startPostgresServer,
  startRedisServer,
  type ChromaServer,
  type Fault,
  type PostgresServer,
  type RedisServer,
} from '@acervo/testing';

import { AcervoProcess } from '../e2e/acervo-process';

import { startEdge, type Edge, type EdgeOptions } from './edge';
import { Links } from './links';

export const engineNames = ['postgres', 'redis', 'chroma'] as const;
export type EngineName = (typeof engineNames)[number];

export interface FleetOptions {
  /** Default 4. */
  readonly replicas?: number;
  /** Default chroma, as in production. */
  readonly vector?: 'chroma' | 'pgvector';
  readonly edge?: Partial<EdgeOptions>;
  /** Of every server, beside what the fleet needs. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A second Postgres that every commit waits for. */
  readonly hasStandby?: boolean;
  /** Without proxies nothing stands between servers and engines: for measurements. Default true. */
  readonly hasFaults?: boolean;
}

/** What comes from here says itself for which client: see FleetClient. */
export const trustedAddress = '127.0.0.2';
const startTimeoutMs = 60_000;

export class Fleet {
  private constructor(
    readonly edge: Edge,
    readonly servers: AcervoProcess[],
    readonly postgres: PostgresServer,
    readonly standby: PostgresServer | undefined,
    readonly redis: RedisServer,
    readonly chroma: ChromaServer | undefined,
    /** Between all servers and an engine. */
    private readonly links: Links | undefined,
    private readonly variables: Readonly<Record<string, string>>,
    private readonly folder: string,
  ) {}

  /** Resolves when every server is ready. What was started is stopped again when something does not start. */
  static async start(options: FleetOptions = {}): Promise<Fleet> {
    const { replicas = 4, vector = 'chroma', hasFaults = true } = options;
    const started: (() => Promise<unknown>)[] = [];
    const kept = async <T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> => {
      const one = await starting;
      started.push(async () => one.stop());
      return one;
    };
    const folder = await mkdtemp(join(tmpdir(), 'acervo-fleet-'));
    started.push(async () => rm(folder, { recursive: true, force: true }));
    try {
      const hasChroma = vector === 'chroma';
      if (hasChroma && !isChromaServerSupported) throw new Error('There is no Chroma server for this machine.');
      const [postgres, redis, chroma] = await allEnded(
        kept(startPostgresServer()),
        kept(startRedisServer()),
        hasChroma ? kept(startChromaServer()) : Promise.resolve(undefined),
      );
      const standby =
        options.hasStandby === true ? await kept(postgres.startStandby({ isSynchronous: true })) : undefined;
      const database = postgres.createDatabase();
      const links = hasFaults ? new Links() : undefined;
      if (links !== undefined) started.push(async () => links.stop());
      const portOf = async (name: EngineName, port: number): Promise<number> => (await links?.add(name, port)) ?? port;
      const hosts = [await portOf('postgres', postgres.port), ...(standby === undefined ? [] : [standby.port])];
      const variables = {
        STORE: 'postgres',
        DATABASE_URL: `postgres://acervo@${hosts.map((port) => `127.0.0.1:${port}`).join(',')}/${database.name}`,
        REDIS_URL: `redis://127.0.0.1:${await portOf('redis', redis.port)}`,
        VECTOR_INDEX: vector,
        ...(chroma !== undefined && {
          CHROMA_URL: `http://127.0.0.1:${await portOf('chroma', Number(new URL(chroma.url).port))}`,
        }),
        WORKERS: '1',
        REPLICAS: String(replicas),
        EMBEDDING_THREADS: '1',
        TRUSTED_PROXIES: `127.0.0.1,${trustedAddress}`,
        DRAIN_DELAY_SECONDS: '1',
        CACHE_DISK_MEGABYTES: '0',
        ...options.variables,
      };
      const ports = await Promise.all(Array.from({ length: replicas }, async () => sparePort()));
      const servers = await allEnded(
        ...ports.map(async (port, nth) => {
          const own = { PORT: String(port), DATA_DIR: await makeDataFolder(folder, nth) };
          return await kept(AcervoProcess.start({ ...variables, ...own }));
        }),
      );
      const edge = await kept(startEdge({ trusted: [`${trustedAddress}/32`], ...options.edge, ports }));
      const fleet = new Fleet(edge, servers, postgres, standby, redis, chroma, links, variables, folder);
      await Promise.all(
        servers.map(async (server) =>
          server.ready(startTimeoutMs).catch((error: unknown) => {
            throw new Error(`A server did not get ready:\n${server.log}`, { cause: error });
          }),
        ),
      );
      return fleet;
    } catch (error) {
      await Promise.all(started.map(async (stop) => stop()));
      throw error;
    }
  }

  server(nth: number): AcervoProcess {
    const server = this.servers[nth];
    if (server === undefined) throw new Error(`There is no server ${nth}.`);
    return server;
  }

  /** Between all servers and an engine; `none` mends it. */
  async setFault(name: EngineName, fault: Fault): Promise<void> {
    if (this.links === undefined) throw new Error('This fleet has no proxies.');
    await this.links.setFault(name, fault);
  }

  /** A server that has ended, or ends now, starts again on its port. Gives its exit code. */
  async restart(nth: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    const old = this.server(nth);
    const code = await old.stop(signal);
    const again = await AcervoProcess.start({
      ...this.variables,
      PORT: new URL(old.url).port,
      DATA_DIR: old.dataDirectory,
    });
    this.servers[nth] = again;
    await again.ready(startTimeoutMs);
    return code;
  }

  async stop(): Promise<void> {
    await Promise.all([this.edge.stop(), ...this.servers.map(async (server) => server.stop())]);
    await this.links?.stop();
    await Promise.all([this.standby?.stop(), this.postgres.stop(), this.redis.stop(), this.chroma?.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** As Promise.all, but not before all have ended: what has started by then can be stopped. */
async function allEnded<T extends readonly Promise<unknown>[]>(
  ...work: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/** Each server has one of its own; documents that wait to be ingested lie where all can read them. */
async function makeDataFolder(folder: string, nth: number): Promise<string> {
  const own = join(folder, String(nth));
  const shared = join(folder, 'uploads');
  await mkdir(own);
  await mkdir(shared, { recursive: true });
  await symlink(shared, join(own, 'uploads'));
  return own;
}
