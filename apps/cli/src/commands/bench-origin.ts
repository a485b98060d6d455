import { Command } from 'commander';

import { withBenchServer } from '../bench/bench-server';
import { conditionsNow } from '../bench/conditions';
import { benchOrigin, whyTheFormulaIsWrong, type OriginResult } from '../bench/origin-bench';
import { emit, textTable, type OutputOptions } from '../bench/output';
import { htmlPage, htmlTable, type PageTable } from '../bench/page/html-page';
import { showNumber, showShare } from '../bench/page/show';
import { BenchProgress } from '../bench/progress';
import { keyHeaders, serverUrl } from '../bench/target';

interface Options extends OutputOptions {
  readonly key?: string;
}

export function benchOriginCommand(): Command {
  return new Command('origin')
    .description("the load test of Acervo's origin: ten questions by 5, 10 and 20 users")
    .argument('[url]', 'of the server; without it one is started over the manual')
    .option('--key <key>', 'API key')
    .option('--json [file]', 'write the figures, or print them')
    .option('--html <file>', 'write a page')
    .action(run);
}

async function run(url: string | undefined, options: Options): Promise<void> {
  const conditions = conditionsNow();
  const progress = new BenchProgress();
  const report = (line: string): void => {
    progress.show(line, 0);
  };
  const measure = (target: string): Promise<OriginResult[]> => benchOrigin(target, keyHeaders(options.key), report);
  try {
    const scenarios =
      url === undefined
        ? await withBenchServer({}, (server) => measure(server.url), report)
        : await measure(serverUrl(url));
    progress.stop();
    const table = tableOf(scenarios);
    await emit(
      { conditions, scenarios, note: whyTheFormulaIsWrong },
      options,
      () => `${textTable(table)}\n${whyTheFormulaIsWrong}`,
      () =>
        htmlPage("The origin's load test", conditions, undefined, [
          htmlTable(table),
          `<p class="soft">${whyTheFormulaIsWrong}</p>`,
        ]),
    );
  } finally {
    progress.stop();
  }
}

function tableOf(scenarios: readonly OriginResult[]): PageTable {
  const ms = (seconds: number): string => `${showNumber(seconds * 1_000)} ms`;
  return {
    head: [
      'users × iterations',
      'total',
      'success',
      'mean',
      'median',
      'p95',
      'p99',
      'min',
      'max',
      'requests/s',
      "origin's formula",
    ],
    rows: scenarios.map((one) => [
      `${one.users} × ${one.iterations}`,
      String(one.total_requests),
      showShare(one.success_rate),
      ...[one.avg_duration, one.median_duration, one.p95_duration, one.p99_duration].map(ms),
      ...[one.min_duration, one.max_duration].map(ms),
      ...[one.requests_per_second, one.origin_requests_per_second].map(showNumber),
    ]),
  };
}
