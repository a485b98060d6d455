/** Runs the built server as its users do: a process of its own, spoken to over HTTP alone. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const repositoryRoot = join(__dirname, '..', '..');
const entry = join(repositoryRoot, 'dist', 'apps', 'cli', 'src', 'main.js');
const startTimeoutMs = 60_000;

/** Tests ask more than clients may; those of limits set their own. */
const withoutLimits = {
  LIMIT_SEARCH_PER_MINUTE: '0',
  LIMIT_CHAT_PER_MINUTE: '0',
  LIMIT_RESEARCH_PER_MINUTE: '0',
  LIMIT_DEFAULT_PER_MINUTE: '0',
};

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export class AcervoProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly dataDirectory: string,
    private readonly output: readonly string[],
  ) {}

  /** Resolves once the server listens; `variables` are its whole configuration beside HOST, PORT and DATA_DIR. */
  static async start(variables: Readonly<Record<string, string>> = {}): Promise<AcervoProcess> {
    const dataDirectory = variables['DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'acervo-e2e-')));
    const child = spawn(process.execPath, [entry, 'serve'], {
      cwd: dataDirectory,
      env: {
        PATH: process.env['PATH'],
        HOST: '127.0.0.1',
        PORT: '0',
        SAMPLE_CORPUS: 'false',
        LOG_FORMAT: 'json',
        ...withoutLimits,
        ...variables,
        DATA_DIR: dataDirectory,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`The server did not listen within ${startTimeoutMs} ms:\n${output.join('')}`));
      }, startTimeoutMs);
      const onText = (chunk: Buffer): void => {
        output.push(chunk.toString());
        const found = /listens on (http:\S+)/.exec(output.join(''))?.[1];
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found.replace('localhost', '127.0.0.1'));
      };
      child.stdout.on('data', onText);
      child.stderr.on('data', onText);
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`The server exited with ${code} before it listened:\n${output.join('')}`));
      });
    });
    return new AcervoProcess(child, url, dataDirectory, output);
  }

  get log(): string {
    return this.output.join('');
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  async ready(timeoutMs = 30_000): Promise<void> {
    const until = performance.now() + timeoutMs;
    while (performance.now() < until) {
      const { status } = await this.get('/health/ready');
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The server was not ready within ${timeoutMs} ms:\n${this.log}`);
  }

  get<T = Record<string, unknown>>(path: string, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.request<T>('GET', path, undefined, headers);
  }

  post<T = Record<string, unknown>>(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return this.request<T>('POST', path, body, headers);
  }

  /** A string body is sent as it is; anything else as JSON. */
  async request<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const isRaw = typeof body === 'string' || body instanceof FormData;
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(body === undefined || isRaw ? {} : { 'content-type': 'application/json' }), ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  }

  /** @returns the exit code, or the signal that ended it */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode;
    const ended = once(this.child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.child.kill(signal);
    const [code, endedBy] = await ended;
    return code ?? endedBy;
  }
}
