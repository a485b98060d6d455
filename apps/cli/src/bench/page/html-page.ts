import type { Conditions } from '../conditions';
import { noClaim, type Verdict } from '../load/verdict';
import { escapeHtml } from './escape-html';

export interface PageTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const style = `
:root{color-scheme:light dark;--paper:#fbfaf8;--card:#fff;--ink:#1c1b19;--soft:#625e57;--rule:#e4e0d8;
--c0:#1d5fa8;--c1:#c2410c;--c2:#15803d;--c3:#7e22ce;--c4:#0e7490;--c5:#a16207}
@media (prefers-color-scheme:dark){:root{--paper:#161513;--card:#1f1e1b;--ink:#ece9e3;--soft:#a8a297;--rule:#37342f;
--c0:#7db4f0;--c1:#fb923c;--c2:#4ade80;--c3:#c99bf7;--c4:#22d3ee;--c5:#facc15}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:40px 24px 64px}h1{font-size:28px;line-height:1.2;margin:0 0 8px}
h2{font-size:19px;margin:40px 0 12px}p{margin:8px 0;max-width:75ch}.soft,.conditions{color:var(--soft);font-size:14px}
code{font:13px/1.5 ui-monospace,monospace}.charts{display:grid;gap:20px;grid-template-columns:repeat(auto-fit,minmax(min(480px,100%),1fr))}
figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:16px}
figcaption{font-weight:600;margin-bottom:8px}svg{display:block;width:100%;height:auto}
.grid{stroke:var(--rule)}.tick,.axis{fill:var(--soft);font-size:12px;font-family:system-ui,sans-serif}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:5 4}
${[0, 1, 2, 3, 4, 5].map((n) => `.line-${n}{stroke:var(--c${n});--own:var(--c${n})}.dot.line-${n}{fill:var(--c${n});stroke:none}`).join('')}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:10px 0 0;padding:0;font-size:14px}
.legend li::before{content:"";display:inline-block;width:18px;height:0;border-top:3px solid var(--own);margin-right:7px;vertical-align:middle}
.legend li.dashed::before{border-top-style:dashed}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{padding:8px 11px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}tr:last-child td{border-bottom:0}
th{color:var(--soft);font-weight:500}th:first-child,td:first-child{text-align:left}
.verdict{border-left:4px solid var(--c2);padding:8px 14px;background:var(--card);margin:20px 0;border-radius:0 8px 8px 0}
.verdict.refused{border-color:var(--c1)}`;

/** One file that needs nothing else: style within, charts as SVG, no script. */
export function htmlPage(
  title: string,
  conditions: Conditions,
  verdict: Verdict | undefined,
  parts: readonly string[],
): string {
  const { acervo, node, processor, cores, memoryGiB, loadAverage, at, command } = conditions;
  const facts = [
    `Acervo ${acervo}, Node.js ${node}`,
    `${processor}, ${cores} cores, ${memoryGiB} GiB`,
    `load average ${loadAverage} at the start`,
    at.slice(0, 16).replace('T', ' '),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body><main>
<h1>${escapeHtml(title)}</h1>
<p class="conditions">${facts.map(escapeHtml).join(' · ')}<br><code>${escapeHtml(command)}</code></p>
${verdict === undefined ? '' : verdictBox(verdict)}
${parts.join('\n')}
</main></body>
</html>
`;
}

export function htmlTable({ head, rows }: PageTable): string {
  const cells = (tag: 'td' | 'th', values: readonly string[]): string =>
    `<tr>${values.map((value) => `<${tag}>${escapeHtml(value)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></div>`;
}

function verdictBox(verdict: Verdict): string {
  if (verdict.isClaim) return '<p class="verdict">The generator had time to spare: the figures are the server’s.</p>';
  return `<p class="verdict refused"><strong>${noClaim}</strong>: ${escapeHtml(verdict.reasons.join('; '))}.</p>`;
}
