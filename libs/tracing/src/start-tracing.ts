/* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/consistent-type-imports --
   lazy, from source as well as built */
import { useTracing } from './active-tracing';
import type { Tracing, TracingOptions } from './tracing';

/**
 * Loads the SDK of OpenTelemetry (some 0.1 s of processor and 18 MB, which nobody pays who does not trace) and makes it the tracing
 * of this process. Headers, time-outs, sampling and batches follow the standard OTEL_* variables, which the SDK reads
 * itself. To be called before the web framework is loaded. The caller closes it.
 */
export function startTracing(options: TracingOptions): Tracing {
  const { OpenTelemetryTracing } =
    require('./adapters/open-telemetry/open-telemetry-tracing') as typeof import('./adapters/open-telemetry/open-telemetry-tracing');
  const tracing = new OpenTelemetryTracing(options);
  useTracing(tracing);
  return tracing;
}
