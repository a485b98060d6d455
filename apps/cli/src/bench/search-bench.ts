/**
 * What a new search costs beside its parts. The whole: a server process of its own, asked over HTTP, its CPU time read
 * from /proc. The parts: tokenise and embed, vector search, lexical search, each alone, called on a copy of the same
 * data in this process. Both take turns in short rounds, so that a busy machine slows them alike, and both are warmed
 * up alike. Linux only.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createLogger, openEngines, type Engines } from '@acervo/api';
import { loadConfig } from '@acervo/config';
import { ingestPaths } from '@acervo/ingest';
import { callContext, packageRoot, type CallContext } from '@acervo/kernel';
import { analyseQuery } from '@acervo/language';

export interface SearchBenchResult {
  readonly passages: number;
  readonly searches: number;
  /** CPU milliseconds a search. */
  readonly wholeMs: number;
  readonly embedMs: number;
  readonly vectorMs: number;
  readonly lexicalMs: number;
  /** whole / (embed + vector + lexical) */
  readonly ratio: number;
  /** Wall time of a search as the client sees it. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly serverRssMiB: number;
}

/** Until the compiler has seen the whole path: the first thousand searches cost up to 1.3 times the later ones. */
const warmUpRounds = 25;
const rounds = 6;
const searchesPerRound = 60;
const depth = 100;
const collection = 'documents_dev';
const timeoutMs = 20 * 60_000;
const topics = [
  'Docker',
  'o cache',
  'backups',
  'a API',
  'embeddings',
  'monitoring',
  'filtros',
  'testing',
  'Chroma',
  'jobs',
];

/** A question that was not asked before: nothing along the way may remember it. */
function question(nth: number): string {
  const topic = topics[nth % topics.length] ?? '';
  return nth % 2 === 0 ? `Como configurar ${topic} no ambiente ${nth}?` : `How do I set up ${topic} for team ${nth}?`;
}

export async function benchSearch(onProgress: (line: string) => void): Promise<SearchBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const settings = {
    DATA_DIR: join(directory, 'a'),
    SAMPLE_CORPUS: 'false',
    LOG_LEVEL: 'silent',
    COLLECTION_NAME: collection,
    ENABLE_CACHE: 'false',
  };
  try {
    onProgress('indexing the manual');
    const passages = await withOpenEngines(settings, indexManual);
    await cp(join(directory, 'a'), join(directory, 'b'), { recursive: true });
    const server = await startServer(settings);
    try {
      return await withOpenEngines({ ...settings, DATA_DIR: join(directory, 'b') }, (engines, context) =>
        takeTurns(server, engines, passages, context, onProgress),
      );
    } finally {
      await stop(server.child);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function withOpenEngines<T>(
  settings: Record<string, string>,
  work: (engines: Engines, context: CallContext) => Promise<T>,
): Promise<T> {
  const { config } = loadConfig({}, '', settings);
  const engines = await openEngines(config, createLogger(config));
  try {
    const context = callContext(timeoutMs);
    await engines.openCollections(context);
    return await work(engines, context);
  } finally {
    await engines.close();
  }
}

async function indexManual(engines: Engines, context: CallContext): Promise<number> {
  const paths = ['docs/en', 'docs/pt'].map((folder) => join(packageRoot(__dirname), folder));
  let chunks = 0;
  for await (const event of ingestPaths(engines, paths, { collection }, context)) {
    if (event.type === 'finished') chunks = event.summary.chunks;
  }
  return chunks;
}

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
}

async function startServer(settings: Record<string, string>): Promise<Server> {
  const entry = process.argv[1] ?? '';
  const env = { ...settings, HOST: '127.0.0.1', PORT: '0' };
  const child = spawn(process.execPath, [...process.execArgv, entry, 'serve'], {
    cwd: settings['DATA_DIR'],
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`The server exited with ${code}: ${output}`));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /listens on (http:\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found.replace('localhost', '127.0.0.1'));
    });
  });
  for (let nth = 0; nth < 200; nth++) {
    if ((await fetch(`${url}/health/ready`)).ok) return { child, url };
    await delay(50);
  }
  throw new Error('The server did not get ready');
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function takeTurns(
  server: Server,
  engines: Engines,
  passages: number,
  context: CallContext,
  onProgress: (line: string) => void,
): Promise<SearchBenchResult> {
  const { embedder, vectorIndex, store } = engines;
  const cpu = { whole: 0, embed: 0, vector: 0, lexical: 0 };
  const latencies: number[] = [];
  let asked = 0;
  onProgress(`warming up with ${warmUpRounds * searchesPerRound} searches`);
  for (let round = -warmUpRounds; round < rounds; round++) {
    const questions = Array.from({ length: searchesPerRound }, () => question(asked++));
    const wholeBefore = await cpuMsOf(server.child);
    const walls: number[] = [];
    for (const query of questions) walls.push(await ask(server.url, query));
    const whole = (await cpuMsOf(server.child)) - wholeBefore;

    const vectors: Float32Array[] = [];
    const embed = await cpuOf(questions, async (query) => {
      vectors.push(await embedder.embedBatch([query], 'query', context));
    });
    const vector = await cpuOf(vectors, (of) =>
      vectorIndex.search(collection, [{ vector: of, limit: depth }], context),
    );
    const lexical = await cpuOf(questions, (query) =>
      store.searchLexical(collection, analyseQuery(query, ['pt', 'en']), depth, undefined, context),
    );
    if (round < 0) continue;
    onProgress(`round ${round + 1} of ${rounds}`);
    latencies.push(...walls);
    cpu.whole += whole;
    cpu.embed += embed;
    cpu.vector += vector;
    cpu.lexical += lexical;
  }
  const searches = rounds * searchesPerRound;
  latencies.sort((a, b) => a - b);
  return {
    passages,
    searches,
    wholeMs: cpu.whole / searches,
    embedMs: cpu.embed / searches,
    vectorMs: cpu.vector / searches,
    lexicalMs: cpu.lexical / searches,
    ratio: cpu.whole / (cpu.embed + cpu.vector + cpu.lexical),
    p50Ms: latencies[Math.floor(searches * 0.5)] ?? NaN,
    p95Ms: latencies[Math.floor(searches * 0.95)] ?? NaN,
    serverRssMiB: await rssMiBOf(server.child),
  };
}

async function ask(url: string, query: string): Promise<number> {
  const startedMs = performance.now();
  const response = await fetch(`${url}/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, max_results: 5 }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
  return performance.now() - startedMs;
}

/** CPU milliseconds of this process, all threads, for running `work` on every item. */
async function cpuOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (const item of items) await work(item);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** utime + stime of /proc/PID/stat (proc(5)), in ticks of 10 ms. */
async function cpuMsOf({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function rssMiBOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}
