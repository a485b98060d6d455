import type { JSX } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';

import { LanguageContext } from '../i18n/language';
import { useStore } from '../store';
import { theme } from '../theme';

export interface Line {
  readonly name: string;
  readonly color: 'first' | 'second' | 'third';
  readonly values: readonly (number | null)[];
}

interface Props {
  readonly title: string;
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** Values from 0 to 1. */
  readonly isShare?: boolean;
}

const height = 180;
/** Finer marks of time than minutes would look alike. */
const timeSteps = [60, 120, 300, 600, 1_800, 3_600, 7_200];

/** A picture with the last values in words beside it: a canvas says nothing to who cannot see it. */
export function TimeChart({ title, times, lines, format, isShare = false }: Props): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const [isFailed, setIsFailed] = useState(false);
  const currentTheme = useStore(theme);
  const currentLanguage = useContext(LanguageContext);
  const isDark = useDarkness();
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [[...times], ...lines.map(({ values }) => [...values])];
  // What the drawing of an axis calls must be that of the last rendering.
  const write = useRef(format);
  write.current = format;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let isGone = false;
    let observer: ResizeObserver | undefined;
    // The only page that draws is the only one that loads what draws.
    import('uplot').then(
      ({ default: UPlot }) => {
        if (isGone) return;
        const drawn = new UPlot(
          optionsOf({ element, lines, isShare, write: (value) => write.current(value), locale: currentLanguage }),
          data.current,
          element,
        );
        chart.current = drawn;
        observer = new ResizeObserver(() => {
          drawn.setSize({ width: element.clientWidth, height });
        });
        observer.observe(element);
      },
      () => {
        setIsFailed(true);
      },
    );
    return () => {
      isGone = true;
      observer?.disconnect();
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [currentTheme, isDark, currentLanguage, lines.length, isShare]);

  useEffect(() => {
    chart.current?.setData(data.current);
  }, [times, lines]);

  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        <ul>
          {lines.map(({ name, color, values }) => (
            <li key={name} class={`line-${color}`}>
              {name} <b>{formatLast(values, format)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      {!isFailed && <div ref={place} class="chart-place" aria-hidden="true" />}
    </figure>
  );
}

function formatLast(values: readonly (number | null)[], format: (value: number) => string): string {
  const last = values.at(-1) ?? null;
  return last === null ? '–' : format(last);
}

interface ChartOptions {
  readonly element: HTMLElement;
  readonly lines: readonly Line[];
  readonly isShare: boolean;
  readonly write: (value: number) => string;
  readonly locale: string;
}

function optionsOf({ element, lines, isShare, write, locale }: ChartOptions): uPlot.Options {
  const color = (name: string): string => colorOf(element, name);
  const clock = new Intl.DateTimeFormat(locale === 'pt' ? 'pt-BR' : 'en-GB', { hour: '2-digit', minute: '2-digit' });
  const axis = {
    stroke: color('ink-quiet'),
    font: `12px ${getComputedStyle(element).fontFamily}`,
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_chart, _min, max) => [0, isShare ? 1 : max > 0 ? max * 1.15 : 1] } },
    axes: [
      {
        ...axis,
        size: 30,
        space: 70,
        incrs: timeSteps,
        values: (_chart, ticks) => ticks.map((tick) => clock.format(tick * 1_000)),
      },
      { ...axis, size: 62, space: 36, values: (_chart, ticks) => ticks.map(write) },
    ],
    series: [
      {},
      ...lines.map((line, index) => ({
        label: line.name,
        stroke: color(`line-${line.color}`),
        width: 2,
        points: { show: false },
        ...(index === 0 && { fill: color('line-first-fill') }),
      })),
    ],
  };
}

/** A canvas knows no variables: the colour as it is where the chart stands, in the theme of now. */
function colorOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function useDarkness(): boolean {
  const [isDark, setIsDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const onChange = (): void => {
      setIsDark(query.matches);
    };
    query.addEventListener('change', onChange);
    return () => {
      query.removeEventListener('change', onChange);
    };
  }, []);
  return isDark;
}
