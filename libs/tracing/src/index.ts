export { inStage, inTrace, recordSpan, traceHeaders, traceIds } from './active-tracing';
export { startTracing } from './start-tracing';
export { Tracing } from './tracing';
export type { EndedSpan, SpanAttributes, TraceIds, TracingOptions } from './tracing';
