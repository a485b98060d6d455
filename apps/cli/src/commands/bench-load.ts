import { Command } from 'commander';

import { withBenchServer } from '../bench/bench-server';
import { conditionsNow } from '../bench/conditions';
import { benchLoad, type LoadBenchResult } from '../bench/load/load-bench';
import type { Arrivals, RouteName } from '../bench/load/load-order';
import { LoadProcess } from '../bench/load/load-process';
import { parseMix, parseRates } from '../bench/load/parse-mix';
import { readQueries } from '../bench/load/read-queries';
import { maxError, selfCheck, type SelfCheck } from '../bench/load/self-check';
import { emit, passVerdict, textTable, type OutputOptions } from '../bench/output';
import { htmlPage, htmlTable, type PageTable } from '../bench/page/html-page';
import { loadPage, loadTable } from '../bench/page/load-page';
import { showMs, showShare } from '../bench/page/show';
import { BenchProgress } from '../bench/progress';
import { keyHeaders, serverUrl } from '../bench/target';
import { parseCount } from './option-parsers';

interface Options extends OutputOptions {
  readonly start?: true;
  readonly rate: readonly number[];
  readonly duration: number;
  readonly warmUp: string;
  readonly mix: Partial<Record<RouteName, number>>;
  readonly queries?: string;
  readonly zipf: string;
  readonly fresh?: true;
  readonly arrivals: Arrivals;
  readonly ramp?: true;
  readonly maxP99: number;
  readonly maxRate: number;
  readonly maxInFlight: number;
  readonly results: number;
  readonly seed: number;
  readonly key?: string;
  readonly selfCheck?: true;
}

export function benchLoadCommand(): Command {
  return new Command('load')
    .description('ask a server at given rates, whether or not it keeps up; latency counts from when a request was due')
    .argument('[url]', 'of the server, with its scheme and port')
    .option('--start', 'start a server over the manual and ask that')
    .option('-r, --rate <list>', 'requests a second, one run each', parseRates, [50])
    .option('-d, --duration <seconds>', 'of each run', parseCount, 30)
    .option('--warm-up <seconds>', 'at the first rate, not counted', '3')
    .option('--mix <shares>', 'of the routes search, batch, chat, research, health', parseMix, { search: 1 })
    .option('--queries <file>', 'one a line, as text or as JSON with "text"; default: those of the manual')
    .option('--zipf <exponent>', 'how much the first queries are preferred: 0 all alike', '1')
    .option('--fresh', 'no question is asked twice, so that no cache answers')
    .option('--arrivals <kind>', 'poisson or even', 'poisson')
    .option('--ramp', 'double the first rate until it is not kept, then find the highest that is')
    .option('--max-p99 <ms>', 'with --ramp: a rate is kept while its p99 is within', parseCount, 500)
    .option('--max-rate <n>', 'with --ramp: give up there', parseCount, 5_000)
    .option('--max-in-flight <n>', 'requests that find so many under way are dropped and counted', parseCount, 2_000)
    .option('--results <n>', 'max_results of a search', parseCount, 5)
    .option('--seed <n>', 'same seed, same arrivals and queries', parseCount, 1)
    .option('--key <key>', 'API key')
    .option('--self-check', 'instead: measure a server of which the truth is known')
    .option('--json [file]', 'write the figures, or print them')
    .option('--html <file>', 'write a page with charts')
    .action(run);
}

async function run(url: string | undefined, options: Options): Promise<void> {
  const load = new LoadProcess();
  const progress = new BenchProgress();
  try {
    if (options.selfCheck === true) {
      await checkItself(load, options, progress);
      return;
    }
    const result =
      url === undefined || options.start === true
        ? await withBenchServer(
            {},
            (server) => measure(load, server.url, options, progress),
            (line) => {
              progress.show(line, 0);
            },
          )
        : await measure(load, serverUrl(url), options, progress);
    progress.stop();
    await emit(
      result,
      options,
      () => textOf(result),
      () => loadPage(result),
    );
    passVerdict(result.verdict);
  } finally {
    progress.stop();
    load.close();
  }
}

async function measure(
  load: LoadProcess,
  url: string,
  options: Options,
  progress: BenchProgress,
): Promise<LoadBenchResult> {
  const { rate, duration, warmUp, mix, zipf, fresh, arrivals, ramp, maxP99, maxRate, maxInFlight, seed } = options;
  const plan = {
    ...{ url, rates: rate, seconds: duration, warmUpSeconds: Number(warmUp), arrivals, maxInFlight, seed },
    headers: keyHeaders(options.key),
    work: {
      ...{ kind: 'mix' as const, routes: mix, queries: await readQueries(options.queries), zipf: Number(zipf) },
      ...{ isFresh: fresh === true, firstNumber: 0, maxResults: options.results },
    },
    ...(ramp === true ? { ramp: { maxPerSecond: maxRate, maxP99Ms: maxP99 } } : {}),
  };
  return await benchLoad(load, plan, (perSecond, { elapsedMs, ended }) => {
    progress.show(`${perSecond}/s: ${ended} ended`, elapsedMs / 1_000 / duration);
  });
}

function textOf({ steps, knee, plan }: LoadBenchResult): string {
  const table = textTable(loadTable(steps));
  if (knee === undefined || plan.ramp === undefined) return table;
  return `${table}\nknee: ${knee} a second with a p99 within ${plan.ramp.maxP99Ms} ms and a goodput of 95 %`;
}

async function checkItself(load: LoadProcess, options: Options, progress: BenchProgress): Promise<void> {
  const [perSecond = 200] = options.rate;
  const conditions = conditionsNow();
  const check = await selfCheck(load, { perSecond, seconds: options.duration }, (line) => {
    progress.show(line, 0);
  });
  progress.stop();
  const table = checkTable(check);
  const said = `worst error ${showShare(check.worstError)} (bar ${showShare(maxError)}), generator ${showShare(check.generatorCpuShare)} of a core, late p99 ${showMs(check.latenessP99Ms)}`;
  await emit(
    { conditions, ...check },
    options,
    () => `${textTable(table)}\n${said}`,
    () => htmlPage('The load generator, checked', conditions, check.verdict, [`<p>${said}</p>`, htmlTable(table)]),
  );
  if (!check.isWithin) process.exitCode = 1;
  passVerdict(check.verdict);
}

function checkTable({ rows }: SelfCheck): PageTable {
  return {
    head: ['run', 'percentile', 'truth', 'measured', 'error'],
    rows: rows.map(({ run: name, percentile, truthMs, measuredMs, error }) => [
      ...[name, `p${percentile}`, `${truthMs.toFixed(2)} ms`, `${measuredMs.toFixed(2)} ms`],
      `${(error * 100).toFixed(2)} %`,
    ]),
  };
}
