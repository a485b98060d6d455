/** From values to pixels, and the values worth a mark. */
export interface Axis {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From 0 or below to `most`, with about five round marks. */
export function linearAxis(least: number, most: number, fromPx: number, toPx: number): Axis {
  const span = most - least || 1;
  const step = roundStep(span / 5);
  const ticks: number[] = [];
  for (let nth = Math.ceil(least / step); nth * step <= most + step / 1_000; nth += 1) ticks.push(nth * step);
  return { place: (value) => fromPx + ((value - least) / span) * (toPx - fromPx), ticks };
}

/** 1, 2 or 5 times a power of ten, not below `value`. */
function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((times) => times * power >= value) ?? 10) * power;
}

/** Marks at 1, 2 and 5 of each power of ten; at powers alone where there are many. @param least above 0 */
export function logarithmicAxis(least: number, most: number, fromPx: number, toPx: number): Axis {
  const [low, high] = [Math.log10(least), Math.log10(Math.max(most, least * 1.01))];
  const times = high - low > 2.5 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= high; power += 1)
    for (const factor of times) {
      const tick = factor * 10 ** power;
      if (tick >= least * 0.999 && tick <= most * 1.001) ticks.push(tick);
    }
  return { place: (value) => fromPx + ((Math.log10(value) - low) / (high - low)) * (toPx - fromPx), ticks };
}

/** By how few are above: 90, 99 and 99.9 % are equally far from each other, as HdrHistogram draws it. */
export function percentileAxis(fromPx: number, toPx: number): Axis {
  const nines = (percentile: number): number => -Math.log10(1 - Math.min(percentile, 99.99) / 100);
  return {
    place: (percentile) => fromPx + (nines(percentile) / 4) * (toPx - fromPx),
    ticks: [0, 50, 90, 99, 99.9, 99.99],
  };
}
