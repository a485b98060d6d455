import type { IncomingMessage, ServerResponse } from 'node:http';

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Work that is over. Times on the clock of `performance.now()`, in ms. */
export interface EndedSpan {
  readonly name: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly attributes?: SpanAttributes;
  /** Code of the error that it ended with. */
  readonly error?: string | undefined;
  /** Parts of it; they may overlap. */
  readonly parts?: readonly EndedSpan[];
}

export interface TracingOptions {
  readonly exporter: 'otlp' | 'console';
  /** Where OTLP over HTTP is received, with its path (`http://host:4318/v1/traces`). Undefined: what the SDK takes. */
  readonly url: string | undefined;
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** Told what the SDK complains of, such as a collector that is away. */
  readonly onProblem: (message: string) => void;
}

/** As they are written in log lines. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

/**
 * What a process tells a collector of traces. Inside of `resume`, `inTrace` and `inStage`, and of all that is awaited
 * there, spans belong to the one that is under way; outside there is none.
 */
export abstract class Tracing {
  /** Span of a request, from now until its answer has left. To be called before anybody else sees the request. */
  abstract watch(request: IncomingMessage, response: ServerResponse): void;
  /** Runs the router within the span of a watched request; one that ends without was answered in front of the router. */
  abstract resume<T>(request: IncomingMessage, work: () => T): T;
  /** Template of the route that answers an address, such as `/documents/:id`; undefined when none does. */
  abstract useRoutes(routeOf: (url: string) => string | undefined): void;

  /** A span that begins a trace when there is none: of work that no request waits for. */
  abstract inTrace<T>(name: string, work: () => Promise<T>, attributes?: SpanAttributes): Promise<T>;
  /** A span of a part of the work under way; without one, `work` alone. */
  abstract inStage<T>(name: string, work: () => Promise<T>, attributes?: SpanAttributes): Promise<T>;
  /** What was measured anyway, as a part of the work under way. */
  abstract record(span: EndedSpan): void;

  /** For calls to other servers: W3C `traceparent` of the work under way; empty without one. */
  abstract headers(): Readonly<Record<string, string>>;
  /** Of a watched request, or of the work under way. */
  abstract ids(request?: IncomingMessage): TraceIds | undefined;

  /** Sends what is left. Takes a few seconds at most, and never rejects: without a collector there is nobody to tell. */
  abstract close(): Promise<void>;
}
