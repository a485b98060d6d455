/** A collector of traces: receives OTLP over HTTP, as JSON, at `/v1/traces`. */
import { startScriptedServer } from './scripted-server';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** As the protocol numbers them: 1 internal, 2 server. */
  readonly kind: number;
  /** Of the Unix clock. */
  readonly startedNs: bigint;
  readonly endedNs: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
  readonly service: unknown;
}

export interface TraceCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly origin: string;
  readonly spans: readonly CollectedSpan[];
  /** Resolves as soon as `isEnough` says so of all that came until now. */
  until(isEnough: (spans: readonly CollectedSpan[]) => boolean): Promise<readonly CollectedSpan[]>;
  close(): Promise<void>;
}

interface WireAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly WireAttribute[];
  readonly status: { readonly code?: number };
}

interface WireRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WireAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  const watchers = new Set<() => void>();
  const server = await startScriptedServer({
    '/v1/traces': (body) => {
      for (const { resource, scopeSpans } of (body as WireRequest).resourceSpans) {
        const service = valuesOf(resource.attributes)['service.name'];
        for (const scope of scopeSpans) for (const span of scope.spans) spans.push(collected(span, service));
      }
      for (const notify of watchers) notify();
      return {};
    },
  });
  return {
    origin: server.origin,
    spans,
    until: async (isEnough) =>
      await new Promise((resolve) => {
        const look = (): void => {
          if (!isEnough(spans)) return;
          watchers.delete(look);
          resolve(spans);
        };
        watchers.add(look);
        look();
      }),
    close: async () => server.close(),
  };
}

function collected(span: WireSpan, service: unknown): CollectedSpan {
  const { traceId, spanId, parentSpanId = '', name, kind, attributes, status } = span;
  return {
    ...{ traceId, spanId, name, kind, service },
    parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
    startedNs: BigInt(span.startTimeUnixNano),
    endedNs: BigInt(span.endTimeUnixNano),
    attributes: valuesOf(attributes),
    isError: status.code === 2,
  };
}

function valuesOf(attributes: readonly WireAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
