/**
 * What is counted of each request, from the moment its head was read to the moment its answer has left. One hook in front
 * of everything sees them all: answers of the fast lane and of the router, refusals, addresses that nothing answers,
 * clients that left.
 *
 * Recording writes numbers into arrays: no labels are built, no keys are hashed, nothing is kept of a request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { counter, gauge, histogram, type Family, type Labels, type ValueFamily } from './family';
import { LatencyHistogram } from './latency-buckets';
import { RecentLog, type RecentRequests } from './recent-requests';
import { RouteTable } from './route-table';

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'other'] as const;
const otherMethod = methods.length - 1;

/** As nginx says it: the client left before the answer. */
const clientLeft = 499;

/** By number; every other one counts as its class. */
const statuses = [
  200, 201, 202, 204, 302, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 499, 500, 502, 503, 504, 507,
] as const;
const classes = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
const statusNames: readonly string[] = [...statuses.map(String), ...classes];
const statusIndexes = Uint8Array.from({ length: 600 }, (_, status) => {
  const known = (statuses as readonly number[]).indexOf(status);
  return known === -1 ? statuses.length + Math.max(0, Math.floor(status / 100) - 1) : known;
});

/** Minutes are counted by the samples that `mark` takes every ten seconds. */
const marksPerMinute = 6;

class Series {
  readonly latency = new LatencyHistogram();
  readonly byStatus = new Float64Array(statusNames.length);
  /** Of requests at the last marks, oldest first. */
  readonly marks: number[] = [];
  requests = 0;

  constructor(
    readonly route: string,
    readonly method: string,
    readonly isProbe: boolean,
  ) {}

  get labels(): Labels {
    return { route: this.route, method: this.method };
  }
}

/** As long as nothing is told of routes. */
const noRoutes = new RouteTable({ templates: [] });

type RoutedRequest = IncomingMessage & {
  readonly route?: { readonly path?: unknown };
  /** The router changes `url` on its way. */
  readonly originalUrl?: string;
};

/** Sums of all routes, for the sampler. */
export interface RequestTotals {
  readonly requests: number;
  readonly errors: number;
  readonly refused: number;
  readonly seconds: number;
  /** As `LatencyHistogram.counts`. */
  readonly buckets: Float64Array;
}

export class RequestMetrics {
  private routes = noRoutes;
  private readonly known: Series[] = [];
  /** [routes × methods] into `known`. */
  private readonly numbers: (number | undefined)[] = [];
  private readonly recent = new RecentLog();
  private readonly markedAtMs = [performance.now()];
  private inFlight = 0;

  /** To be called once, before the first request. */
  useRoutes(routes: RouteTable): void {
    this.routes = routes;
  }

  /**
   * Counts this request when its answer has left, or its client. The time of an event stream ends with its head: how
   * long it goes on says nothing of how fast the server answers.
   */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const startedMs = performance.now();
    this.inFlight += 1;
    // Emitted once, so that the wrapper of `once` is saved.
    response.on('close', () => {
      this.inFlight -= 1;
      const status = response.writableFinished ? response.statusCode : clientLeft;
      const ms = headOfStreamMs(response) ?? performance.now() - startedMs;
      this.record(this.routeOf(request), request.method ?? '', status, ms);
    });
  }

  /** @param route its number in the table */
  record(route: number, method: string, status: number, ms: number): void {
    const number = this.numberOf(route, method);
    const series = this.known[number];
    if (series === undefined) return;
    const seconds = ms / 1_000;
    series.requests += 1;
    series.latency.observe(seconds);
    const at = statusIndexes[status] ?? statuses.length;
    series.byStatus[at] = (series.byStatus[at] ?? 0) + 1;
    if (!series.isProbe) this.recent.add(Date.now(), seconds, status, number);
  }

  families(): Family[] {
    return [
      counter('acervo_http_requests_total', 'Requests answered, by route and status.', this.byStatus()),
      histogram(
        'acervo_http_request_duration_seconds',
        'From the head of a request to the end of its answer; of an event stream, to its head.',
        this.known.map((series) => [series.labels, series.latency] as const),
      ),
      gauge('acervo_http_requests_in_flight', 'Requests that have begun and not ended.', this.inFlight),
    ];
  }

  /** Requests a second of each route over the last minute. Prometheus computes its own: this is for the other form. */
  rates(): ValueFamily {
    const [sinceMs = 0] = this.markedAtMs;
    const seconds = (performance.now() - sinceMs) / 1_000;
    return gauge(
      'acervo_http_requests_per_second',
      'Over the last minute.',
      this.known.map(({ labels, requests, marks }) => [labels, (requests - (marks[0] ?? 0)) / seconds] as const),
    );
  }

  readRecent(): RecentRequests {
    return this.recent.read(this.known.map(({ route, method }) => ({ route, method })));
  }

  /** Remembers how many requests there were until now, for rates: every ten seconds. */
  mark(): void {
    if (this.markedAtMs.push(performance.now()) > marksPerMinute) this.markedAtMs.shift();
    const wanted = this.markedAtMs.length;
    for (const { marks, requests } of this.known) {
      marks.push(requests);
      // A series that is newer than the oldest mark had no requests then.
      while (marks.length < wanted) marks.unshift(0);
      if (marks.length > marksPerMinute) marks.shift();
    }
  }

  totals(): RequestTotals {
    const buckets = new Float64Array(new LatencyHistogram().counts.length);
    let [requests, errors, refused, seconds] = [0, 0, 0, 0];
    for (const series of this.known) {
      requests += series.requests;
      seconds += series.latency.sum;
      for (let at = 0; at < buckets.length; at += 1)
        buckets[at] = (buckets[at] ?? 0) + (series.latency.counts[at] ?? 0);
      for (let at = 0; at < statusNames.length; at += 1) {
        const count = series.byStatus[at] ?? 0;
        if (isError(statusNames[at])) errors += count;
        if (isRefusal(statusNames[at])) refused += count;
      }
    }
    return { requests, errors, refused, seconds, buckets };
  }

  private *byStatus(): Iterable<readonly [Labels, number]> {
    for (const series of this.known) {
      for (const [at, status] of statusNames.entries()) {
        const count = series.byStatus[at] ?? 0;
        if (count > 0) yield [{ ...series.labels, status }, count];
      }
    }
  }

  private routeOf(request: RoutedRequest): number {
    const template = request.route?.path;
    const known = typeof template === 'string' ? this.routes.indexOf(template) : undefined;
    return known ?? this.routes.indexOfUrl(request.originalUrl ?? request.url ?? '');
  }

  private numberOf(route: number, method: string): number {
    const index = (methods as readonly string[]).indexOf(method);
    const place = route * methods.length + (index === -1 ? otherMethod : index);
    return (this.numbers[place] ??= this.add(route, methods[index === -1 ? otherMethod : index] ?? 'other'));
  }

  private add(route: number, method: string): number {
    const name = this.routes.names[route] ?? 'other';
    const series = new Series(name, method, name === '/metrics' || name.startsWith('/health'));
    return this.known.push(series) - 1;
  }
}

/** Of an event stream that says in `Server-Timing` when its head left. */
function headOfStreamMs(response: ServerResponse): number | undefined {
  const type = response.getHeader('content-type');
  if (typeof type !== 'string' || !type.startsWith('text/event-stream')) return undefined;
  const total = /total;dur=([\d.]+)/.exec(String(response.getHeader('server-timing')));
  return total?.[1] === undefined ? undefined : Number(total[1]);
}

/** Answers of a server that failed; a refusal for overload is told apart. */
export function isError(status: string | undefined): boolean {
  return status?.startsWith('5') === true;
}

/** For overload, or over a limit. */
export function isRefusal(status: string | undefined): boolean {
  return status === '429' || status === '503';
}
