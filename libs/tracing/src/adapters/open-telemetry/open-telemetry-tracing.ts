/**
 * Tracing by the SDK of OpenTelemetry. The clock of spans is `performance.now()`, moved once for all, so that a span that
 * is told of afterwards lies exactly within the one it was part of.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  context,
  diag,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type HrTime,
  type Span,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';

import { Tracing, type EndedSpan, type SpanAttributes, type TraceIds, type TracingOptions } from '../../tracing';
import { endRequestSpan, isProbe, requestAttributes } from './request-span';
import { SdkComplaints } from './sdk-complaints';

/** An orchestrator waits for the process, nobody for its last spans. */
const closeMs = 3_000;

const contextKey = Symbol('trace');
const routedKey = Symbol('routed');

type Traced = IncomingMessage & { [contextKey]?: Context; [routedKey]?: true };

export class OpenTelemetryTracing extends Tracing {
  private readonly provider: NodeTracerProvider;
  private readonly tracer;
  private readonly complaints: SdkComplaints;
  private routeOf: (url: string) => string | undefined = () => undefined;

  constructor(options: TracingOptions) {
    super();
    this.complaints = new SdkComplaints(options.onProblem);
    diag.setLogger(this.complaints);
    const own = { 'service.name': options.serviceName, 'service.version': options.serviceVersion };
    this.provider = new NodeTracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes(own))
        .merge(detectResources({ detectors: [hostDetector, serviceInstanceIdDetector, envDetector] })),
      spanProcessors: [processorOf(options)],
    });
    this.provider.register();
    this.tracer = this.provider.getTracer('acervo', options.serviceVersion);
  }

  override watch(request: IncomingMessage, response: ServerResponse): void {
    if (isProbe(request)) return;
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const { method = '', url = '' } = request;
    const span = this.tracer.startSpan(
      method,
      { kind: SpanKind.SERVER, startTime: clock(performance.now()), attributes: requestAttributes(request) },
      parent,
    );
    (request as Traced)[contextKey] = trace.setSpan(parent, span);
    response.once('close', () => {
      if ((request as Traced)[routedKey] === undefined) span.setAttribute('acervo.fast_lane', true);
      endRequestSpan(span, method, this.routeOf(url), response);
      span.end(clock(performance.now()));
    });
  }

  override resume<T>(request: IncomingMessage, work: () => T): T {
    const own = (request as Traced)[contextKey];
    (request as Traced)[routedKey] = true;
    return own === undefined ? work() : context.with(own, work);
  }

  override useRoutes(routeOf: (url: string) => string | undefined): void {
    this.routeOf = routeOf;
  }

  override async inTrace<T>(name: string, work: () => Promise<T>, attributes: SpanAttributes = {}): Promise<T> {
    const startTime = clock(performance.now());
    const span = this.tracer.startSpan(name, { startTime, attributes });
    try {
      return await context.with(trace.setSpan(context.active(), span), work);
    } catch (error) {
      fail(span, errorType(error));
      throw error;
    } finally {
      span.end(clock(performance.now()));
    }
  }

  override async inStage<T>(name: string, work: () => Promise<T>, attributes?: SpanAttributes): Promise<T> {
    return trace.getActiveSpan() === undefined ? await work() : await this.inTrace(name, work, attributes);
  }

  override record(span: EndedSpan): void {
    this.recordIn(context.active(), span);
  }

  override headers(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    if (trace.getActiveSpan() !== undefined) propagation.inject(context.active(), headers);
    return headers;
  }

  override ids(request?: IncomingMessage): TraceIds | undefined {
    const of = request === undefined ? context.active() : (request as Traced)[contextKey];
    const found = of && trace.getSpanContext(of);
    return found && { trace_id: found.traceId, span_id: found.spanId };
  }

  override async close(): Promise<void> {
    await Promise.race([
      this.provider.shutdown().catch((error: unknown) => {
        this.complaints.warn(`The last spans were not sent: ${error instanceof Error ? error.message : String(error)}`);
      }),
      delay(closeMs, undefined, { ref: false }),
    ]);
    trace.disable();
    context.disable();
    propagation.disable();
    diag.disable();
  }

  private recordIn(parent: Context, { name, startedMs, endedMs, attributes, error, parts = [] }: EndedSpan): void {
    const span = this.tracer.startSpan(name, { startTime: clock(startedMs), attributes: attributes ?? {} }, parent);
    if (parts.length > 0) {
      const own = trace.setSpan(parent, span);
      for (const part of parts) this.recordIn(own, part);
    }
    if (error !== undefined) fail(span, error);
    span.end(clock(endedMs));
  }
}

function processorOf({ exporter, url }: TracingOptions): SpanProcessor {
  switch (exporter) {
    case 'otlp':
      return new BatchSpanProcessor(new OTLPTraceExporter(url === undefined ? {} : { url }));
    case 'console':
      return new SimpleSpanProcessor(new ConsoleSpanExporter());
    default:
      return exporter satisfies never;
  }
}

function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const originMs = Date.now() - performance.now();

function clock(ms: number): HrTime {
  const epochMs = originMs + ms;
  const seconds = Math.floor(epochMs / 1_000);
  return [seconds, Math.trunc((epochMs - seconds * 1_000) * 1e6)];
}
