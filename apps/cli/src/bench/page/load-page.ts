import type { LoadBenchResult, LoadStep } from '../load/load-bench';
import { linearAxis, logarithmicAxis, percentileAxis } from './axis';
import { escapeHtml } from './escape-html';
import { htmlPage, htmlTable, type PageTable } from './html-page';
import { lineChart } from './line-chart';
import { showMs, showNumber, showShare } from './show';

export function loadTable(steps: readonly LoadStep[]): PageTable {
  const head = [
    'asked/s',
    'answered/s',
    'goodput',
    'p50',
    'p90',
    'p99',
    'p99.9',
    'max',
    'refused',
    'failed',
    'dropped',
  ];
  const rest = ['late p99', 'generator'];
  const rows = steps.map((step) => {
    const { p50, p90, p99, p999, max } = step.response;
    return [
      showNumber(step.perSecond),
      showNumber(step.okPerSecond),
      showShare(step.goodput),
      ...[p50, p90, p99, p999, max].map(showMs),
      ...[step.refused, step.failed, step.dropped].map(String),
      showMs(step.lateness.p99),
      showShare(step.cpuShare),
    ];
  });
  return { head: [...head, ...rest], rows };
}

/** What was asked of the server, as a self-contained HTML page with charts. */
export function loadPage(result: LoadBenchResult): string {
  const { steps, plan, knee, conditions, verdict } = result;
  const mix = Object.entries(plan.mix)
    .map(([route, share]) => `${route} ${share}`)
    .join(', ');
  const about = `${plan.arrivals === 'poisson' ? 'Poisson' : 'Even'} arrivals, ${plan.seconds} s at each rate, ${mix}. Latency counts from the moment a request was due.`;
  const kneeText =
    knee === undefined || plan.ramp === undefined
      ? ''
      : `<p>The knee is at <strong>${knee} requests a second</strong>: the highest rate with a p99 within ${plan.ramp.maxP99Ms} ms and a goodput of 95 %.</p>`;
  return htmlPage('Acervo under load', conditions, verdict, [
    `<p class="soft">${escapeHtml(about)}</p>`,
    kneeText,
    htmlTable(loadTable(steps)),
    '<h2>Charts</h2><div class="charts">',
    percentileCurve(steps),
    ...(steps.length > 1 ? [throughput(steps), latencyByRate(steps)] : []),
    ...steps.slice(0, 12).map(overTime),
    '</div>',
    ...routesOf(steps),
  ]);
}

function percentileCurve(steps: readonly LoadStep[]): string {
  const all = steps.flatMap(({ curve }) => curve.map(({ ms }) => ms)).filter((ms) => ms > 0);
  return lineChart({
    title: 'How many were answered within',
    ...{ xLabel: 'percentile', yLabel: 'milliseconds' },
    lines: steps.slice(0, 6).map(({ perSecond, curve }) => ({
      label: `${perSecond}/s`,
      points: curve.map(({ percentile, ms }) => [percentile, ms]),
    })),
    x: percentileAxis,
    y: (from, to) => logarithmicAxis(Math.min(...all, 10), Math.max(...all, 10), from, to),
    showX: (percentile) => `${percentile} %`,
    showY: showNumber,
  });
}

function throughput(steps: readonly LoadStep[]): string {
  const inOrder = [...steps].sort((a, b) => a.perSecond - b.perSecond);
  const most = Math.max(...inOrder.map(({ perSecond }) => perSecond));
  return lineChart({
    title: 'Answers against what was asked',
    ...{ xLabel: 'asked a second', yLabel: 'answered a second' },
    lines: [
      { label: 'answered', points: inOrder.map(({ perSecond, okPerSecond }) => [perSecond, okPerSecond]) },
      {
        label: 'all that was asked',
        points: [
          [0, 0],
          [most / 2, most / 2],
          [most, most],
        ],
        isDashed: true,
      },
    ],
    x: (from, to) => linearAxis(0, most, from, to),
    y: (from, to) => linearAxis(0, most, from, to),
    ...{ showX: showNumber, showY: showNumber },
  });
}

function latencyByRate(steps: readonly LoadStep[]): string {
  const inOrder = [...steps].sort((a, b) => a.perSecond - b.perSecond);
  const values = inOrder.flatMap(({ response }) => [response.p50, response.p99]).filter(Number.isFinite);
  const most = Math.max(...inOrder.map(({ perSecond }) => perSecond));
  return lineChart({
    title: 'Latency against what was asked',
    ...{ xLabel: 'asked a second', yLabel: 'milliseconds' },
    lines: (['p50', 'p95', 'p99'] as const).map((label) => ({
      label,
      points: inOrder.map(({ perSecond, response }) => [perSecond, response[label]]),
    })),
    x: (from, to) => linearAxis(0, most, from, to),
    y: (from, to) => logarithmicAxis(Math.min(...values, 10), Math.max(...values, 10), from, to),
    ...{ showX: showNumber, showY: showNumber },
  });
}

function overTime({ perSecond, slices }: LoadStep): string {
  const values = slices.flatMap(({ p50, max }) => [p50, max]).filter((value) => value > 0);
  const last = Math.max(1, slices.at(-1)?.fromMs ?? 0) / 1_000;
  return lineChart({
    title: `Latency over time at ${perSecond}/s`,
    ...{ xLabel: 'seconds since the start', yLabel: 'milliseconds' },
    lines: (['p50', 'p99', 'max'] as const).map((label) => ({
      label,
      points: slices.map((slice) => [slice.fromMs / 1_000, slice[label]]),
    })),
    x: (from, to) => linearAxis(0, last, from, to),
    y: (from, to) => logarithmicAxis(Math.min(...values, 10), Math.max(...values, 10), from, to),
    ...{ showX: showNumber, showY: showNumber },
  });
}

function routesOf(steps: readonly LoadStep[]): string[] {
  const rows = steps.flatMap(({ perSecond, routes }) =>
    Object.entries(routes).map(([route, { ok, refused, failed, response }]) => [
      `${route} at ${perSecond}/s`,
      ...[ok, refused, failed].map(String),
      ...[response.p50, response.p95, response.p99, response.max].map(showMs),
    ]),
  );
  const head = ['route', 'answered', 'refused', 'failed', 'p50', 'p95', 'p99', 'max'];
  return ['<h2>By route</h2>', htmlTable({ head, rows })];
}
