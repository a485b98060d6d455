import type { LoggerService } from '@nestjs/common';
import pino, { type Logger, type LoggerOptions } from 'pino';
import pretty from 'pino-pretty';

import type { AcervoConfig } from '@acervo/config';
import { traceIds } from '@acervo/tracing';

import { tracesExporter, type TracingConfig } from './tracing/open-tracing';
import { TurnDestination } from './turn-destination';

/** Headers whose values never reach a log line. */
const redactedPaths = ['req.headers.authorization', 'req.headers["x-api-key"]', 'req.headers.cookie'];

export function createLogger(config: Pick<AcervoConfig, 'LOG_LEVEL' | 'LOG_FORMAT'> & TracingConfig): Logger {
  const { LOG_LEVEL, LOG_FORMAT } = config;
  const options: LoggerOptions = {
    level: LOG_LEVEL,
    redact: { paths: redactedPaths, censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: isoTime,
    base: null,
    // Of the request that a line belongs to. Without tracing nobody is asked.
    ...(tracesExporter(config) !== undefined && { mixin: () => traceIds() ?? {} }),
  };
  const isPretty = LOG_FORMAT === 'pretty' || (LOG_FORMAT === 'auto' && process.stdout.isTTY);
  return pino(options, isPretty ? pretty({ colorize: process.stdout.isTTY, singleLine: true }) : standardOutput());
}

let formattedMs = 0;
let formatted = '';

/** As `pino.stdTimeFunctions.isoTime`, made once a millisecond. */
function isoTime(): string {
  const nowMs = Date.now();
  if (nowMs !== formattedMs) {
    formattedMs = nowMs;
    formatted = `,"time":"${new Date(nowMs).toISOString()}"`;
  }
  return formatted;
}

let destination: TurnDestination | undefined;

/** One for all loggers of the process: their lines stay in order. */
function standardOutput(): TurnDestination {
  destination ??= new TurnDestination(pino.destination({ fd: 1, sync: true }));
  return destination;
}

/** Nest's own messages through pino, with the context as a field. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    // Route maps and module lists of Nest are for debugging.
    this.write('debug', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  private write(level: 'error' | 'warn' | 'debug' | 'trace', message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1);
    const fields = typeof message === 'object' && message !== null ? message : { msg: String(message) };
    const stack = level === 'error' && rest.length > 1 ? { stack: rest[0] } : {};
    this.logger[level]({ ...fields, ...stack, context });
  }
}
