/**
 * What counting costs: a record by itself, and repeated searches with metrics on beside off. Both servers take turns in
 * short rounds, in changing order, so that a busy machine slows them alike; the rate is of requests a CPU second *of the
 * server process*, which a busy machine does not falsify. Linux only.
 */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RequestMetrics, RouteTable } from '@acervo/metrics';

import { cpuMsOf } from './process-cpu';
import { indexManual, startServer, stop, withOpenEngines, type Server } from './server-process';
import { child, portOf, run, wire } from './wire-load';

export interface MetricsBenchResult {
  /** Counting one request, its address and status known. */
  readonly recordNanoseconds: number;
  /** From the head of a request to the end of its answer: hook, address, count. */
  readonly requestNanoseconds: number;
  /** A reading of all that was counted. */
  readonly readMilliseconds: number;
  /** Requests a CPU second of the server: repeated searches by the fast lane. */
  readonly on: number;
  readonly off: number;
  /** 1 - on / off, over all rounds; negative when counting was faster by chance. */
  readonly cost: number;
  /** Of the rounds, one by one. */
  readonly costOfRounds: readonly number[];
  /** The same by wall time, which a busy machine falsifies. */
  readonly throughputCost: number;
}

const records = 2_000_000;
const connections = 50;
const warmUpRounds = 4;
const pages = ['docs/pt/docker.md', 'docs/en/docker.md'];
const collection = 'documents_dev';
const body = JSON.stringify({ query: 'Como configurar Docker?', max_results: 5 });
const search = wire('POST', '/search', ['Content-Type: application/json', `Content-Length: ${body.length}`], body);

interface Side {
  readonly server: Server;
  answers: number;
  cpuMs: number;
  wallMs: number;
}

/** @param rounds of both servers, each of `roundMs` */
export async function benchMetrics(
  onProgress: (line: string) => void,
  rounds = 20,
  roundMs = 1_000,
): Promise<MetricsBenchResult> {
  onProgress('counting by itself');
  const alone = countAlone();
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const common = { SAMPLE_CORPUS: 'false', LOG_LEVEL: 'warn', LOG_FORMAT: 'json', COLLECTION_NAME: collection };
  const [onFolder, offFolder] = [join(directory, 'on'), join(directory, 'off')];
  const servers: Server[] = [];
  const load = child('load.child');
  try {
    onProgress('indexing some pages');
    await withOpenEngines({ ...common, DATA_DIR: onFolder }, (engines, context) =>
      indexManual(collection, engines, context, pages),
    );
    await cp(onFolder, offFolder, { recursive: true });
    const open = async (folder: string, isOn: string): Promise<Side> => {
      const server = await startServer({ ...common, DATA_DIR: folder, ENABLE_METRICS: isOn });
      servers.push(server);
      return { server, answers: 0, cpuMs: 0, wallMs: 0 };
    };
    const [on, off] = [await open(onFolder, 'true'), await open(offFolder, 'false')];
    const costOfRounds: number[] = [];
    for (let round = -warmUpRounds; round < rounds; round++) {
      onProgress(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
      const measured = new Map<Side, number>();
      for (const side of round % 2 === 0 ? [on, off] : [off, on]) {
        const [beforeCpu, beforeMs] = [await cpuMsOf(side.server.child), performance.now()];
        const { answers } = await run(load, { port: portOf(side.server), request: search, connections, ms: roundMs });
        if (round < 0) continue;
        const [cpuMs, wallMs] = [(await cpuMsOf(side.server.child)) - beforeCpu, performance.now() - beforeMs];
        side.answers += answers;
        side.cpuMs += cpuMs;
        side.wallMs += wallMs;
        measured.set(side, answers / cpuMs);
      }
      if (round >= 0) costOfRounds.push(1 - (measured.get(on) ?? 0) / (measured.get(off) ?? 1));
    }
    const rate = ({ answers, cpuMs }: Side): number => (answers / cpuMs) * 1_000;
    const throughput = ({ answers, wallMs }: Side): number => answers / wallMs;
    return {
      ...alone,
      on: rate(on),
      off: rate(off),
      cost: 1 - rate(on) / rate(off),
      costOfRounds: costOfRounds.map((cost) => Number(cost.toFixed(4))).sort((one, other) => one - other),
      throughputCost: 1 - throughput(on) / throughput(off),
    };
  } finally {
    load.disconnect();
    for (const { child: process } of servers) await stop(process);
    await rm(directory, { recursive: true, force: true });
  }
}

function countAlone(): Pick<MetricsBenchResult, 'recordNanoseconds' | 'requestNanoseconds' | 'readMilliseconds'> {
  const routes = new RouteTable({
    templates: ['/', '/search', '/documents', '/documents/:id', '/chat'],
    folders: ['/docs'],
  });
  const metrics = new RequestMetrics();
  metrics.useRoutes(routes);
  const number = routes.indexOf('/search') ?? 0;
  const recordNanoseconds = nanosecondsOf((nth) => {
    metrics.record(number, 'POST', 200, (nth % 64) / 8);
  });
  const request = { method: 'POST', url: '/search' } as IncomingMessage;
  const getHeader = (): string => 'application/json; charset=utf-8';
  const answer = (isCounted: boolean): void => {
    const response = Object.assign(new EventEmitter(), { writableFinished: true, statusCode: 200, getHeader });
    if (isCounted) metrics.watch(request, response as unknown as ServerResponse);
    response.emit('close');
  };
  const bare = nanosecondsOf(() => {
    answer(false);
  });
  const counted = nanosecondsOf(() => {
    answer(true);
  });
  const startedMs = performance.now();
  for (let nth = 0; nth < 100; nth++) metrics.families();
  const readMilliseconds = (performance.now() - startedMs) / 100;
  return { recordNanoseconds, requestNanoseconds: counted - bare, readMilliseconds };
}

/** The best of five turns: what the code takes when nothing disturbs it. */
function nanosecondsOf(work: (nth: number) => void): number {
  let best = Infinity;
  for (let turn = 0; turn < 5; turn++) {
    const startedMs = performance.now();
    for (let nth = 0; nth < records / 5; nth++) work(nth);
    best = Math.min(best, ((performance.now() - startedMs) * 1e6) / (records / 5));
  }
  return best;
}
