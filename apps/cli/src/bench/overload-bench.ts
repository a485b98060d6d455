/**
 * What a server does when it is asked for far more than it can: what it still answers, how fast it says no, whether
 * it grows, how soon it is itself again, and what one greedy client or a flood of documents does to the others.
 *
 * Every question is new, so no cache answers. Server, load and this process share the machine: the share of processor
 * time that the load took is reported. Linux only.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { workerEntry } from '@acervo/kernel';

import type { FloodOrder, FloodReport, FloodSource, Reply } from './flood.child';
import { rssMiBOf } from './process-cpu';
import { indexManual, startServer, stop, withOpenEngines, type Server } from './server-process';

export interface OverloadBenchResult {
  readonly permits: number;
  /** Answers a second, asked in closed loops of 4 to 16; the best of them. */
  readonly peakPerSecond: number;
  /** At half of that from twenty clients. */
  readonly calmP50Ms: number;
  readonly calmP99Ms: number;
  /** At `timesPeak` times that for `stormSeconds`. */
  readonly timesPeak: number;
  readonly stormSeconds: number;
  readonly stormGoodput: number;
  /** Beside the peak. */
  readonly goodputRatio: number;
  readonly stormAnswerP99Ms: number;
  readonly refused: number;
  readonly refusalP50Ms: number;
  readonly refusalP99Ms: number;
  readonly refusalMaxMs: number;
  readonly refusalsWithoutRetryAfter: number;
  /** Neither an answer nor a refusal. */
  readonly failed: number;
  readonly unsent: number;
  readonly generatorCpuShare: number;
  readonly rssBeforeMiB: number;
  readonly rssPeakMiB: number;
  readonly rssAfterMiB: number;
  /** Until all of a second are answered within twice the calm p99. */
  readonly backToNormalSeconds: number;
  /** Twenty clients as in the calm, and one that asks fifty times as often as each of them. */
  readonly normalSuccess: number;
  readonly normalP99Ms: number;
  readonly normalP99Ratio: number;
  readonly greedySuccess: number;
  /** A quarter of the peak while documents are ingested. */
  readonly ingestSearchSuccess: number;
  readonly ingestSearchP99Ms: number;
  readonly ingestHealthMaxMs: number;
  readonly ingestedDocuments: number;
}

export interface OverloadOptions {
  readonly seconds: number;
  readonly permits: number;
}

const collection = 'documents_dev';
const timesPeak = 10;
const clients = 20;
const greed = 50;
const warmUpMs = 6_000;
const closedLoopMs = 5_000;
const calmMs = 8_000;
const probeEveryMs = 50;
const documents = 120;

export async function benchOverload(
  { seconds, permits }: OverloadOptions,
  onProgress: (line: string) => void,
): Promise<OverloadBenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-bench-'));
  const settings = {
    DATA_DIR: directory,
    SAMPLE_CORPUS: 'false',
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    COLLECTION_NAME: collection,
    MAX_CONCURRENT_REQUESTS: String(permits),
  };
  const { filename, execArgv } = workerEntry(__dirname, 'flood.child');
  try {
    onProgress('indexing the manual');
    await withOpenEngines(settings, (engines, context) => indexManual(collection, engines, context));
    const server = await startServer(settings);
    const child = fork(filename, [], { execArgv });
    try {
      return await new OverloadBench(server, child, permits, onProgress).run(seconds);
    } finally {
      child.disconnect();
      await stop(server.child);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

class OverloadBench {
  private asked = 0;

  constructor(
    private readonly server: Server,
    private readonly child: ChildProcess,
    private readonly permits: number,
    private readonly onProgress: (line: string) => void,
  ) {}

  async run(seconds: number): Promise<OverloadBenchResult> {
    this.onProgress('warming up');
    await this.flood(warmUpMs, [{ name: 'warm-up', localAddress: '127.0.0.1', atOnce: 8 }]);
    const peakPerSecond = await this.peak();
    const calm = await this.flood(calmMs, normal(peakPerSecond / 2));
    const calmP99Ms = quantile(answered(calm.replies), 0.99);
    const storm = await this.storm(peakPerSecond, seconds, calmP99Ms);
    const fairness = await this.fairness(peakPerSecond / 2, calmP99Ms);
    const ingestion = await this.ingestion(peakPerSecond / 4);
    return {
      permits: this.permits,
      peakPerSecond,
      calmP50Ms: quantile(answered(calm.replies), 0.5),
      calmP99Ms,
      ...storm,
      ...fairness,
      ...ingestion,
    };
  }

  private async peak(): Promise<number> {
    let best = 0;
    for (const atOnce of [4, 8, 16]) {
      this.onProgress(`capacity: ${atOnce} at once`);
      const { replies, elapsedMs } = await this.flood(closedLoopMs, [
        { name: 'peak', localAddress: '127.0.0.1', atOnce },
      ]);
      best = Math.max(best, answered(replies).length / (elapsedMs / 1_000));
    }
    return best;
  }

  private async storm(peakPerSecond: number, seconds: number, calmP99Ms: number) {
    const rate = timesPeak * peakPerSecond;
    this.onProgress(`storm: ${rate.toFixed(0)} a second for ${seconds} s`);
    const rssBeforeMiB = await rssMiBOf(this.server.child);
    let rssPeakMiB = rssBeforeMiB;
    const watch = setInterval(() => {
      void rssMiBOf(this.server.child).then((rss) => (rssPeakMiB = Math.max(rssPeakMiB, rss)));
    }, 500);
    const { replies, cpuMs, elapsedMs, unsent } = await this.flood(seconds * 1_000, normal(rate));
    clearInterval(watch);
    const after = await this.flood(calmMs + 4_000, normal(peakPerSecond / 2));
    const answers = answered(replies);
    const refusals = replies.filter(({ status }) => status === 429 || status === 503);
    const refusalMs = refusals.map(({ ms }) => ms);
    // What was asked in the first second met an empty queue.
    const inTime = replies.filter(({ status, atMs, ms }) => status === 200 && atMs + ms <= seconds * 1_000);
    const stormGoodput = inTime.length / seconds;
    return {
      timesPeak,
      stormSeconds: seconds,
      stormGoodput,
      goodputRatio: stormGoodput / peakPerSecond,
      stormAnswerP99Ms: quantile(answers, 0.99),
      refused: refusals.length,
      refusalP50Ms: quantile(refusalMs, 0.5),
      refusalP99Ms: quantile(refusalMs, 0.99),
      refusalMaxMs: Math.max(...refusalMs),
      refusalsWithoutRetryAfter: refusals.filter(({ hasRetryAfter }) => !hasRetryAfter).length,
      failed: replies.length - answers.length - refusals.length,
      unsent,
      generatorCpuShare: cpuMs / elapsedMs / availableParallelism(),
      rssBeforeMiB,
      rssPeakMiB,
      rssAfterMiB: await rssMiBOf(this.server.child),
      backToNormalSeconds: secondsUntilCalm(after.replies, 2 * calmP99Ms),
    };
  }

  private async fairness(perSecond: number, calmP99Ms: number) {
    this.onProgress('one greedy client among twenty');
    const greedy = { name: 'greedy', localAddress: '127.0.1.1', perSecond: (greed * perSecond) / clients };
    const { replies } = await this.flood(calmMs + 4_000, [...normal(perSecond), greedy]);
    const ofGreedy = replies.filter(({ source }) => source === clients);
    const ofOthers = replies.filter(({ source }) => source !== clients);
    const normalP99Ms = quantile(answered(ofOthers), 0.99);
    return {
      normalSuccess: answered(ofOthers).length / ofOthers.length,
      normalP99Ms,
      normalP99Ratio: normalP99Ms / calmP99Ms,
      greedySuccess: answered(ofGreedy).length / ofGreedy.length,
    };
  }

  private async ingestion(perSecond: number) {
    this.onProgress('a flood of documents');
    let isOver = false;
    let healthMaxMs = 0;
    const watch = async (): Promise<void> => {
      while (!isOver) {
        const startedMs = performance.now();
        await (await fetch(`${this.server.url}/health`)).arrayBuffer();
        healthMaxMs = Math.max(healthMaxMs, performance.now() - startedMs);
        await delay(probeEveryMs);
      }
    };
    const watching = watch();
    let ingestedDocuments = 0;
    const send = async (): Promise<void> => {
      for (let nth = 0; nth < documents; nth += 1) {
        const text = Array.from({ length: 60 }, (_, line) => `Parágrafo ${line} do documento ${nth}: ${words(line)}.`);
        const response = await fetch(`${this.server.url}/documents`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ title: `Flood ${nth}`, text: text.join('\n\n') }),
        });
        await response.arrayBuffer();
        if (response.status === 202) ingestedDocuments += 1;
      }
    };
    const [{ replies }] = await Promise.all([this.flood(calmMs + 4_000, normal(perSecond)), send()]);
    isOver = true;
    await watching;
    return {
      ingestSearchSuccess: answered(replies).length / replies.length,
      ingestSearchP99Ms: quantile(answered(replies), 0.99),
      ingestHealthMaxMs: healthMaxMs,
      ingestedDocuments,
    };
  }

  private async flood(ms: number, sources: readonly FloodSource[]): Promise<FloodReport> {
    const order: FloodOrder = { port: Number(new URL(this.server.url).port), sources, ms, firstQuestion: this.asked };
    const reported = once(this.child, 'message');
    this.child.send(order);
    const [report] = (await reported) as [FloodReport];
    this.asked += report.asked;
    return report;
  }
}

function normal(perSecond: number): FloodSource[] {
  return Array.from({ length: clients }, (_, nth) => ({
    name: `client ${nth}`,
    localAddress: `127.0.0.${nth + 2}`,
    perSecond: perSecond / clients,
  }));
}

function answered(replies: readonly Reply[]): number[] {
  return replies.filter(({ status }) => status === 200).map(({ ms }) => ms);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

function secondsUntilCalm(replies: readonly Reply[], limitMs: number): number {
  const last = Math.max(
    0,
    ...replies.filter(({ status, ms }) => status !== 200 || ms > limitMs).map(({ atMs }) => atMs),
  );
  return last / 1_000;
}

function words(seed: number): string {
  return Array.from(
    { length: 40 },
    (_, nth) => ['acervo', 'busca', 'índice', 'texto', 'fila', 'prazo'][(seed * nth) % 6],
  ).join(' ');
}
