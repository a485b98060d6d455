import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { sparePort } from './loopback';
import { describeWhere } from './server-child';
import {
  isPostgresInstalled,
  makeCluster,
  makeServerFolder,
  runPostgresProgram,
  spawnPostgres,
} from './postgres-programs';

export interface PostgresServer {
  readonly port: number;
  /** Such as `127.0.0.1:41234`: for connection strings of several hosts. */
  readonly host: string;
  /** Such as `postgres://acervo@127.0.0.1:41234/postgres`. */
  readonly url: string;
  /** An empty database of its own, with pgvector made available. Gives its name and connection string. */
  createDatabase(): { readonly name: string; readonly url: string };
  /** Statements as the superuser; gives what psql says of the last, without headers. */
  run(sql: string, database?: string): string;
  /** SIGKILL to every process: what the disk has is all that stays. */
  kill(): Promise<void>;
  /** After `kill`: on the same port and data. */
  restart(): Promise<void>;
  /** SIGSTOP to every process: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** A copy that follows this server; synchronous ones are waited for by every commit. */
  startStandby(options?: { readonly isSynchronous?: boolean }): Promise<PostgresServer>;
  /** Of a standby: it takes writes when this returns. */
  promote(): void;
  /** Ends the server and removes its folder; its standbys are their own. */
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Default true: what is acknowledged is on the disk. */
  readonly isDurable?: boolean;
  readonly port?: number;
  /** As `postgres -c` takes them. */
  readonly settings?: readonly string[];
}

const startTimeoutMs = 20_000;

/** `describe` where a Postgres with pgvector is installed; elsewhere the suite is skipped, loudly. */
export function describeWithPostgres(name: string, suite: () => void): void {
  describeWhere(isPostgresInstalled, 'Postgres is not installed (test/postgres/install.sh)', name, suite);
}

/** A real Postgres 16 with pgvector on loopback and a free port. Rejects with what it said when it does not start. */
export async function startPostgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const folder = makeServerFolder();
  makeCluster(join(folder, 'cluster'));
  return await TestPostgres.start(folder, options);
}

class TestPostgres implements PostgresServer {
  private child: ChildProcess | undefined;
  private said = '';

  private constructor(
    private readonly folder: string,
    readonly port: number,
    private readonly options: PostgresServerOptions,
  ) {}

  static async start(folder: string, options: PostgresServerOptions): Promise<TestPostgres> {
    const server = new TestPostgres(folder, options.port ?? (await sparePort()), options);
    await server.restart();
    return server;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return this.urlOf('postgres');
  }

  createDatabase(): { readonly name: string; readonly url: string } {
    const name = `test_${randomBytes(6).toString('hex')}`;
    this.run(`CREATE DATABASE ${name}`);
    return { name, url: this.urlOf(name) };
  }

  run(sql: string, database = 'postgres'): string {
    return runPostgresProgram('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', this.urlOf(database), '-c', sql]);
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    const isDurable = this.options.isDurable ?? true;
    const settings = [
      ...[`port=${this.port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=64MB'],
      ...[`fsync=${isDurable ? 'on' : 'off'}`, 'log_checkpoints=off', 'max_wal_size=512MB'],
      ...(this.options.settings ?? []),
    ];
    const child = spawnPostgres(['-D', join(this.folder, 'cluster'), ...settings.flatMap((each) => ['-c', each])]);
    child.stderr?.on('data', (part: Buffer) => (this.said = (this.said + part.toString()).slice(-4_000)));
    this.child = child;
    const deadline = performance.now() + startTimeoutMs;
    while (!this.answers()) {
      if (performance.now() > deadline || child.exitCode !== null) {
        await this.stop();
        throw new Error(`Postgres did not start: ${this.said}`);
      }
      await sleep(50);
    }
  }

  pause(): void {
    for (const pid of this.processes()) process.kill(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of this.processes()) process.kill(pid, 'SIGCONT');
  }

  async startStandby({ isSynchronous = false } = {}): Promise<PostgresServer> {
    const folder = makeServerFolder();
    const name = `standby_${randomBytes(4).toString('hex')}`;
    const source = `postgres://acervo@${this.host}/?application_name=${name}`;
    runPostgresProgram('pg_basebackup', [
      ...['--dbname', source, '--pgdata', join(folder, 'cluster'), '--checkpoint=fast', '--wal-method=stream'],
      '--write-recovery-conf',
    ]);
    const options = { ...this.options, port: await sparePort() };
    const standby = await TestPostgres.start(folder, options);
    if (isSynchronous) {
      this.run(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
      this.run('SELECT pg_reload_conf()');
    }
    const isFollowing = `SELECT count(*) FROM pg_stat_replication WHERE application_name = '${name}' AND state = 'streaming'
      ${isSynchronous ? "AND sync_state = 'sync'" : ''}`;
    const deadline = performance.now() + startTimeoutMs;
    while (this.run(isFollowing) !== '1') {
      if (performance.now() > deadline) throw new Error(`The standby does not follow: ${standby.said}`);
      await sleep(50);
    }
    return standby;
  }

  promote(): void {
    this.run('SELECT pg_promote(true, 20)');
  }

  async stop(): Promise<void> {
    await this.end('SIGQUIT');
    await rm(this.folder, { recursive: true, force: true });
  }

  private urlOf(database: string): string {
    return `postgres://acervo@${this.host}/${database}`;
  }

  private answers(): boolean {
    try {
      return this.run('SELECT 1') === '1';
    } catch {
      return false;
    }
  }

  private async end(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    const pids = this.processes();
    for (const pid of pids) {
      signalTo(pid, signal);
      signalTo(pid, 'SIGCONT');
    }
    await exited;
  }

  /** The server's first: each connection has a process of its own, in a session of its own. */
  private processes(): number[] {
    const pid = this.child?.pid;
    if (pid === undefined) return [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...(children === '' ? [] : children.split(' ').map(Number))];
  }
}

/** Processes of connections end by themselves at any time. */
function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
