/**
 * Repeated searches beside the least that Node.js can do: a bare `node:http` server that sends a prepared buffer of the
 * same size. Requests a CPU second *of the server process*; the servers take turns in short rounds, so that a busy
 * machine slows them alike, and the load comes from a process of its own. Linux only.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cpuMsOf } from './process-cpu';
import { indexManual, startServer, stop, withOpenEngines, type Server } from './server-process';
import { child, portOf, run, wire } from './wire-load';

export interface LaneBenchResult {
  readonly connections: number;
  readonly bodyBytes: number;
  readonly gzipBytes: number;
  /** 1 − gzip / identity */
  readonly gzipSaving: number;
  /** Requests a CPU second of the server: a bare server, then repeated searches. */
  readonly bare: number;
  readonly post: number;
  readonly postGzip: number;
  readonly get: number;
  /** With a log line for each request. */
  readonly postLogged: number;
  /** With a permit taken for each request. */
  readonly postLimited: number;
  /** The same cache, without the fast lane. */
  readonly postRouter: number;
  /** Beside the bare server. */
  readonly postRatio: number;
  readonly postGzipRatio: number;
  readonly getRatio: number;
  readonly postLoggedRatio: number;
  readonly postLimitedRatio: number;
  readonly postRouterRatio: number;
}

const connections = 50;
/** Until the compiler has seen the whole path. */
const warmUpRounds = 3;
const rounds = 5;
const roundMs = 800;
/** Long enough for one answer. */
const probeMs = 500;
const pages = ['docs/pt/docker.md', 'docs/en/docker.md', 'docs/pt/cache-com-redis.md'];
const collection = 'documents_dev';
const body = JSON.stringify({ query: 'Como configurar Docker?', max_results: 5 });
const post = wire('POST', '/search', ['Content-Type: application/json', `Content-Length: ${body.length}`], body);
const postGzip = wire(
  'POST',
  '/search',
  ['Content-Type: application/json', 'Accept-Encoding: gzip', `Content-Length: ${body.length}`],
  body,
);
const get = wire('GET', '/search?q=Como%20configurar%20Docker%3F&max_results=5', []);

interface Subject {
  readonly name: 'bare' | 'post' | 'postGzip' | 'get' | 'postLogged' | 'postLimited' | 'postRouter';
  readonly child: ChildProcess;
  readonly port: number;
  readonly request: string;
}

export async function benchLane(onProgress: (line: string) => void): Promise<LaneBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const common = { SAMPLE_CORPUS: 'false', LOG_LEVEL: 'warn', LOG_FORMAT: 'json', COLLECTION_NAME: collection };
  const folder = (name: string): string => join(directory, name);
  const servers: Server[] = [];
  const children: ChildProcess[] = [];
  try {
    onProgress('indexing some pages');
    await withOpenEngines({ ...common, DATA_DIR: folder('lane') }, (engines, context) =>
      indexManual(collection, engines, context, pages),
    );
    const start = async (name: string, settings: Readonly<Record<string, string>>): Promise<Server> => {
      if (name !== 'lane') await cp(folder('lane'), folder(name), { recursive: true });
      const server = await startServer({ ...common, ...settings, DATA_DIR: folder(name) });
      servers.push(server);
      return server;
    };
    const logged = await start('logged', { LOG_LEVEL: 'info' });
    const limited = await start('limited', { LIMIT_SEARCH_PER_MINUTE: '1000000' });
    const router = await start('router', { FAST_LANE: 'false' });
    const lane = await start('lane', {});
    const load = child('load.child');
    children.push(load);
    const { bodyBytes } = await run(load, { port: portOf(lane), request: post, connections: 1, ms: probeMs });
    const bare = child('bare-server.child', String(bodyBytes));
    children.push(bare);
    const [barePort] = (await once(bare, 'message')) as [number];
    const { bodyBytes: gzipBytes } = await run(load, {
      port: portOf(lane),
      request: postGzip,
      connections: 1,
      ms: probeMs,
    });
    const subjects: Subject[] = [
      { name: 'bare', child: bare, port: barePort, request: get },
      { name: 'post', child: lane.child, port: portOf(lane), request: post },
      { name: 'postGzip', child: lane.child, port: portOf(lane), request: postGzip },
      { name: 'get', child: lane.child, port: portOf(lane), request: get },
      { name: 'postLogged', child: logged.child, port: portOf(logged), request: post },
      { name: 'postLimited', child: limited.child, port: portOf(limited), request: post },
      { name: 'postRouter', child: router.child, port: portOf(router), request: post },
    ];
    const rates = await takeTurns(load, subjects, onProgress);
    return {
      ...{ connections, bodyBytes, gzipBytes, gzipSaving: 1 - gzipBytes / bodyBytes },
      ...rates,
      postRatio: rates.post / rates.bare,
      postGzipRatio: rates.postGzip / rates.bare,
      getRatio: rates.get / rates.bare,
      postLoggedRatio: rates.postLogged / rates.bare,
      postLimitedRatio: rates.postLimited / rates.bare,
      postRouterRatio: rates.postRouter / rates.bare,
    };
  } finally {
    for (const process of children) process.disconnect();
    for (const server of servers) await stop(server.child);
    await rm(directory, { recursive: true, force: true });
  }
}

async function takeTurns(
  load: ChildProcess,
  subjects: readonly Subject[],
  onProgress: (line: string) => void,
): Promise<Record<Subject['name'], number>> {
  const answers = { bare: 0, post: 0, postGzip: 0, get: 0, postLogged: 0, postLimited: 0, postRouter: 0 };
  const cpuMs = { ...answers };
  for (let round = -warmUpRounds; round < rounds; round++) {
    onProgress(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
    for (const { name, child: server, port, request } of subjects) {
      const before = await cpuMsOf(server);
      const report = await run(load, { port, request, connections, ms: roundMs });
      if (round < 0) continue;
      cpuMs[name] += (await cpuMsOf(server)) - before;
      answers[name] += report.answers;
    }
  }
  const rate = (name: Subject['name']): number => (answers[name] / cpuMs[name]) * 1_000;
  return {
    bare: rate('bare'),
    post: rate('post'),
    postGzip: rate('postGzip'),
    get: rate('get'),
    postLogged: rate('postLogged'),
    postLimited: rate('postLimited'),
    postRouter: rate('postRouter'),
  };
}
