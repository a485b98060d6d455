import type { AcervoConfig } from '@acervo/config';
import { startTracing, type Tracing } from '@acervo/tracing';
import type { Logger } from 'pino';

import { version } from '../version';

export type TracingConfig = Pick<
  AcervoConfig,
  | 'OTEL_TRACES_EXPORTER'
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  | 'OTEL_SERVICE_NAME'
  | 'OTEL_SDK_DISABLED'
>;

/** Where traces go; undefined: nowhere. */
export function tracesExporter(config: TracingConfig): 'otlp' | 'console' | undefined {
  const { OTEL_TRACES_EXPORTER: exporter, OTEL_SDK_DISABLED: isDisabled } = config;
  if (isDisabled || exporter === 'none') return undefined;
  const hasAddress = (config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? config.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined;
  return exporter ?? (hasAddress ? 'otlp' : undefined);
}

/** Undefined when nothing is traced: then nothing of it is loaded. The caller closes it. */
export function openTracing(config: TracingConfig, logger: Logger): Tracing | undefined {
  const exporter = tracesExporter(config);
  if (exporter === undefined) return undefined;
  const base = config.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/$/, '');
  return startTracing({
    exporter,
    url: config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base === undefined ? undefined : `${base}/v1/traces`),
    serviceName: config.OTEL_SERVICE_NAME,
    serviceVersion: version,
    onProblem: (message) => {
      logger.warn({ reason: message }, 'traces cannot be sent');
    },
  });
}
