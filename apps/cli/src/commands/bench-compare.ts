import { Command } from 'commander';

import type { Ratio } from '../bench/compare/bootstrap';
import { benchCompare, type CompareResult } from '../bench/compare/compare-bench';
import { conditionsNow } from '../bench/conditions';
import type { RouteName } from '../bench/load/load-order';
import { LoadProcess } from '../bench/load/load-process';
import { parseMix } from '../bench/load/parse-mix';
import { readQueries } from '../bench/load/read-queries';
import { emit, passVerdict, textTable, type OutputOptions } from '../bench/output';
import { htmlPage, htmlTable, type PageTable } from '../bench/page/html-page';
import { showMs, showNumber, showShare } from '../bench/page/show';
import { BenchProgress } from '../bench/progress';
import { keyHeaders, serverUrl } from '../bench/target';
import { parseCount } from './option-parsers';

interface Options extends OutputOptions {
  readonly rate?: number;
  readonly atOnce: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly mix: Partial<Record<RouteName, number>>;
  readonly queries?: string;
  readonly zipf: string;
  readonly fresh?: true;
  readonly key?: string;
}

export function benchCompareCommand(): Command {
  return new Command('compare')
    .description('the same work against several servers in alternation; ratios beside the first, with 95 % intervals')
    .argument('<url...>', 'of the servers; the same one twice shows what noise looks like')
    .option(
      '-r, --rate <n>',
      'requests a second in an open loop; without it a closed loop asks for all it can',
      parseCount,
    )
    .option('--at-once <n>', 'requests under way in the closed loop', parseCount, 8)
    .option('--rounds <n>', 'of each server; few rounds give intervals that are too narrow', parseCount, 12)
    .option('-s, --seconds <n>', 'of each round', parseCount, 3)
    .option('--mix <shares>', 'of the routes search, batch, chat, research, health', parseMix, { search: 1 })
    .option('--queries <file>', 'one a line; default: those of the manual')
    .option('--zipf <exponent>', 'how much the first queries are preferred: 0 all alike', '1')
    .option('--fresh', 'no question is asked twice')
    .option('--key <key>', 'API key, the same for all')
    .option('--json [file]', 'write the figures, or print them')
    .option('--html <file>', 'write a page')
    .action(run);
}

async function run(urls: readonly string[], options: Options): Promise<void> {
  const conditions = conditionsNow();
  const load = new LoadProcess();
  const progress = new BenchProgress();
  const { rate, atOnce, rounds, seconds, mix, zipf, fresh } = options;
  try {
    const result = await benchCompare(
      load,
      {
        contenders: urls.map(serverUrl).map((url) => ({ name: url, url })),
        pace: rate === undefined ? { kind: 'closed', atOnce } : { kind: 'open', perSecond: rate, arrivals: 'poisson' },
        work: {
          ...{ kind: 'mix', routes: mix, queries: await readQueries(options.queries), zipf: Number(zipf) },
          ...{ isFresh: fresh === true, firstNumber: 0, maxResults: 5 },
        },
        ...{ rounds, secondsPerRound: seconds, headers: keyHeaders(options.key) },
      },
      (line, done) => {
        progress.show(line, done);
      },
    );
    progress.stop();
    const table = tableOf(result);
    await emit(
      { conditions, ...result },
      options,
      () => textTable(table),
      () => htmlPage('Servers compared', conditions, result.verdict, [htmlTable(table)]),
    );
    passVerdict(result.verdict);
  } finally {
    progress.stop();
    load.close();
  }
}

function tableOf({ servers }: CompareResult): PageTable {
  const show = ({ ratio, low, high }: Ratio): string => `${ratio.toFixed(2)} (${low.toFixed(2)} … ${high.toFixed(2)})`;
  return {
    head: ['server', 'answers/s', '× first', 'mean', 'p50', '× first', 'p99', '× first', 'goodput'],
    rows: servers.map((server) => [
      server.name,
      showNumber(server.okPerSecond),
      show(server.rate),
      showMs(server.meanMs),
      ...[showMs(server.p50Ms), show(server.p50), showMs(server.p99Ms), show(server.p99), showShare(server.goodput)],
    ]),
  };
}
