import { Command } from 'commander';

import { benchClaims } from '../bench/claims/claims-bench';
import type { Claim, ClaimsReport } from '../bench/claims/claims-report';
import { LoadProcess } from '../bench/load/load-process';
import { emit, passVerdict, textTable, type OutputOptions } from '../bench/output';
import { htmlPage, htmlTable, type PageTable } from '../bench/page/html-page';
import { showNumber, showShare } from '../bench/page/show';
import { BenchProgress } from '../bench/progress';

export function benchClaimsCommand(): Command {
  return new Command('claims')
    .description("what Acervo's origin promised, measured; about six minutes")
    .option('--quick', 'on four pages, in few rounds, without chunking: shows that everything runs')
    .option('--json [file]', 'write the figures; docs/figures/claims.json and npm run generate make the pages anew')
    .option('--html <file>', 'write a page')
    .action(run);
}

async function run(options: OutputOptions & { readonly quick?: true }): Promise<void> {
  const load = new LoadProcess();
  const progress = new BenchProgress();
  try {
    const report = await benchClaims(load, options.quick === true, (line) => {
      progress.show(line, 0);
    });
    progress.stop();
    const table = tableOf(report);
    const verdict =
      report.noClaim.length === 0 ? { isClaim: true as const } : { isClaim: false as const, reasons: report.noClaim };
    await emit(
      report,
      options,
      () => textTable(table),
      () => htmlPage("The origin's promises, measured", report.conditions, verdict, [htmlTable(table)]),
    );
    passVerdict(verdict);
  } finally {
    progress.stop();
    load.close();
  }
}

function tableOf({ claims }: ClaimsReport): PageTable {
  return {
    head: ['promise', 'promised', 'measured', 'from … to', 'without', 'with'],
    rows: claims.map((claim) => [
      claim.id,
      `${show(claim, claim.promised.low)} … ${show(claim, claim.promised.high)}`,
      show(claim, claim.measured),
      claim.interval?.map((value) => show(claim, value)).join(' … ') ?? '–',
      ...[claim.figures['without'], claim.figures['with']].map((value) => showNumber(value ?? NaN)),
    ]),
  };
}

function show({ promised }: Claim, value: number): string {
  return promised.as === 'times' ? `${showNumber(value)}×` : showShare(value);
}
