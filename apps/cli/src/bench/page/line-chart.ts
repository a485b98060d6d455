import type { Axis } from './axis';
import { escapeHtml } from './escape-html';

export interface Line {
  readonly label: string;
  /** Gaps where a value is not a number. */
  readonly points: readonly (readonly [number, number])[];
  readonly isDashed?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  readonly x: (fromPx: number, toPx: number) => Axis;
  readonly y: (fromPx: number, toPx: number) => Axis;
  readonly showX: (value: number) => string;
  readonly showY: (value: number) => string;
}

const [width, height] = [720, 300];
const edge = { left: 64, right: 16, top: 16, bottom: 44 };

/** An SVG that takes its colours from the page: classes `line-0` to `line-5`, `grid`, `tick`. */
export function lineChart(chart: Chart): string {
  const x = chart.x(edge.left, width - edge.right);
  const y = chart.y(height - edge.bottom, edge.top);
  const verticals = x.ticks.map((tick, nth) => {
    // The last label would stand half outside.
    const anchor = nth === x.ticks.length - 1 ? 'end' : 'middle';
    const at = x.place(tick).toFixed(1);
    return (
      `<line class="grid" x1="${at}" x2="${at}" y1="${edge.top}" y2="${height - edge.bottom}"/>` +
      `<text class="tick" x="${at}" y="${height - edge.bottom + 16}" text-anchor="${anchor}">${escapeHtml(chart.showX(tick))}</text>`
    );
  });
  const horizontals = y.ticks.map((tick) => {
    const at = y.place(tick).toFixed(1);
    return (
      `<line class="grid" x1="${edge.left}" x2="${width - edge.right}" y1="${at}" y2="${at}"/>` +
      `<text class="tick" x="${edge.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${escapeHtml(chart.showY(tick))}</text>`
    );
  });
  const lines = chart.lines.map(
    (line, nth) =>
      `<path class="line line-${nth % 6}${line.isDashed === true ? ' dashed' : ''}" d="${pathOf(line, x, y)}"/>${dotsOf(line, nth, x, y)}`,
  );
  const legend = chart.lines.map(
    ({ label, isDashed }, nth) =>
      `<li class="line-${nth % 6}${isDashed === true ? ' dashed' : ''}">${escapeHtml(label)}</li>`,
  );
  const middle = (height - edge.bottom + edge.top) / 2;
  return [
    `<figure><figcaption>${escapeHtml(chart.title)}</figcaption>`,
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(chart.title)}">`,
    ...verticals,
    ...horizontals,
    `<text class="axis" x="${(edge.left + width - edge.right) / 2}" y="${height - 6}" text-anchor="middle">${escapeHtml(chart.xLabel)}</text>`,
    `<text class="axis" x="14" y="${middle}" text-anchor="middle" transform="rotate(-90 14 ${middle})">${escapeHtml(chart.yLabel)}</text>`,
    ...lines,
    `</svg><ul class="legend">${legend.join('')}</ul></figure>`,
  ].join('\n');
}

function pathOf({ points }: Line, x: Axis, y: Axis): string {
  let isDown = false;
  const steps = points.map(([atX, atY]) => {
    const [px, py] = [x.place(atX), y.place(atY)];
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      isDown = false;
      return '';
    }
    const step = `${isDown ? 'L' : 'M'}${px.toFixed(1)} ${py.toFixed(1)}`;
    isDown = true;
    return step;
  });
  return steps.join('');
}

/** A few points are measurements; many are a curve. */
function dotsOf({ points }: Line, nth: number, x: Axis, y: Axis): string {
  if (points.length > 24) return '';
  return points
    .map(([atX, atY]) => [x.place(atX), y.place(atY)] as const)
    .filter(([px, py]) => Number.isFinite(px) && Number.isFinite(py))
    .map(([px, py]) => `<circle class="dot line-${nth % 6}" cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3"/>`)
    .join('');
}
