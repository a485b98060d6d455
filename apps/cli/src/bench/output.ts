import { writeFile } from 'node:fs/promises';

import Table from 'cli-table3';
import pc from 'picocolors';

import { noClaim, type Verdict } from './load/verdict';
import type { PageTable } from './page/html-page';

/** `--json` alone prints; with a file it writes, and the table is printed all the same. */
export interface OutputOptions {
  readonly json?: string | true;
  readonly html?: string;
}

/** Exit code of a run whose figures must not be called the server's. */
const noClaimExitCode = 3;

export async function emit(
  result: object,
  { json, html }: OutputOptions,
  renderText: () => string,
  renderPage: () => string,
): Promise<void> {
  if (html !== undefined) await writeFile(html, renderPage());
  if (json === true) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`${renderText()}\n`);
}

export function textTable({ head, rows }: PageTable): string {
  const table = new Table({ head: [...head], style: { head: ['cyan'], compact: true } });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

export function passVerdict(verdict: Verdict): void {
  if (verdict.isClaim) return;
  process.stderr.write(pc.yellow(`${noClaim}: ${verdict.reasons.join('; ')}\n`));
  process.exitCode = noClaimExitCode;
}
