/** The last requests, one by one: percentiles of what happens now are exact, and old load does not blur them. */
export const recentCapacity = 1_000;

/** Columns in order of time, of equal length. */
export interface RecentRequests {
  /** Of their ends, in ms since 1970. */
  readonly endedAtMs: Float64Array;
  readonly seconds: Float64Array;
  readonly statuses: Float64Array;
  /** Into `series`. */
  readonly seriesOf: Float64Array;
  readonly series: readonly { readonly route: string; readonly method: string }[];
}

export class RecentLog {
  private readonly endedAtMs = new Float64Array(recentCapacity);
  private readonly seconds = new Float64Array(recentCapacity);
  private readonly statuses = new Float64Array(recentCapacity);
  private readonly seriesOf = new Float64Array(recentCapacity);
  private next = 0;
  private size = 0;

  add(endedAtMs: number, seconds: number, status: number, series: number): void {
    const at = this.next;
    this.endedAtMs[at] = endedAtMs;
    this.seconds[at] = seconds;
    this.statuses[at] = status;
    this.seriesOf[at] = series;
    this.next = at + 1 === recentCapacity ? 0 : at + 1;
    if (this.size < recentCapacity) this.size += 1;
  }

  read(series: RecentRequests['series']): RecentRequests {
    const { next, size } = this;
    const inOrder = (column: Float64Array): Float64Array => {
      if (size < recentCapacity) return column.slice(0, size);
      const ordered = new Float64Array(recentCapacity);
      ordered.set(column.subarray(next));
      ordered.set(column.subarray(0, next), recentCapacity - next);
      return ordered;
    };
    return {
      endedAtMs: inOrder(this.endedAtMs),
      seconds: inOrder(this.seconds),
      statuses: inOrder(this.statuses),
      seriesOf: inOrder(this.seriesOf),
      series,
    };
  }
}

interface RecentRequest {
  readonly endedAtMs: number;
  readonly seconds: number;
  readonly status: number;
  readonly series: number;
}

/** The last of several processes together. */
export function mergeRecent(logs: readonly RecentRequests[]): RecentRequests {
  const [only] = logs;
  if (only !== undefined && logs.length === 1) return only;
  const series: { readonly route: string; readonly method: string }[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (one: { readonly route: string; readonly method: string } | undefined): number => {
    const { route, method } = one ?? { route: 'other', method: 'other' };
    const key = `${method} ${route}`;
    const known = numbers.get(key) ?? series.push({ route, method }) - 1;
    numbers.set(key, known);
    return known;
  };
  const all: RecentRequest[] = logs.flatMap((log) =>
    Array.from(log.endedAtMs, (endedAtMs, at) => ({
      endedAtMs,
      seconds: log.seconds[at] ?? 0,
      status: log.statuses[at] ?? 0,
      series: numberOf(log.series[log.seriesOf[at] ?? 0]),
    })),
  );
  const last = all.sort((one, other) => one.endedAtMs - other.endedAtMs).slice(-recentCapacity);
  return {
    endedAtMs: Float64Array.from(last, ({ endedAtMs }) => endedAtMs),
    seconds: Float64Array.from(last, ({ seconds }) => seconds),
    statuses: Float64Array.from(last, ({ status }) => status),
    seriesOf: Float64Array.from(last, (request) => request.series),
    series,
  };
}
