/**
 * The tracing of this process. It is found here and not handed from room to room: the span under way is ambient by
 * nature, and a room that makes one call to another server should not carry it through every constructor. Without
 * tracing each function costs one comparison.
 */
import type { IncomingMessage } from 'node:http';

import type { EndedSpan, SpanAttributes, TraceIds, Tracing } from './tracing';

let active: Tracing | undefined;

export function useTracing(tracing: Tracing | undefined): void {
  active = tracing;
}

/** As `Tracing.inTrace`; without tracing, `work` alone. */
export async function inTrace<T>(name: string, work: () => Promise<T>, attributes?: SpanAttributes): Promise<T> {
  return active === undefined ? await work() : await active.inTrace(name, work, attributes);
}

/** As `Tracing.inStage`; without tracing, `work` alone. */
export async function inStage<T>(name: string, work: () => Promise<T>, attributes?: SpanAttributes): Promise<T> {
  return active === undefined ? await work() : await active.inStage(name, work, attributes);
}

/** As `Tracing.record`. `span` is called only when somebody wants it. */
export function recordSpan(span: () => EndedSpan): void {
  active?.record(span());
}

const noHeaders: Readonly<Record<string, string>> = {};

/** As `Tracing.headers`. */
export function traceHeaders(): Readonly<Record<string, string>> {
  return active === undefined ? noHeaders : active.headers();
}

/** As `Tracing.ids`. */
export function traceIds(request?: IncomingMessage): TraceIds | undefined {
  return active?.ids(request);
}
