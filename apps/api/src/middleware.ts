import type { INestApplication } from '@nestjs/common';
import compression from 'compression';
import { json, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { pinoHttp, type HttpLogger } from 'pino-http';

import { researchTimeoutMs } from '@acervo/chat';
import type { AcervoConfig } from '@acervo/config';
import { loggedClient } from '@acervo/identity';
import { toDomainError } from '@acervo/problem';
import { traceIds } from '@acervo/tracing';

import { refuseShedRequests } from './fast-lane/shed-request';
import { refuseUnknownMediaTypes } from './media-type';
import { requestContext } from './request-context';

/** Shorter answers gain nothing. */
export const compressFromBytes = 1_000;

/**
 * What every request passes before the router, in this order: id and deadline, log line, security headers, CORS
 * (errors carry its headers too), the way to the writer, compression, body.
 *
 * @param leaving ends the calls of all requests when it aborts
 * @param forward hands requests to the process that writes, where that is another one
 */
export function installMiddleware(
  app: INestApplication,
  config: AcervoConfig,
  logger: Logger,
  leaving: AbortSignal,
  forward: RequestHandler | undefined,
): void {
  const researchMs = Math.max(
    config.REQUEST_TIMEOUT_SECONDS * 1_000,
    researchTimeoutMs({ maxSeconds: config.RESEARCH_MAX_SECONDS }),
  );
  const everyRoute = config.REQUEST_TIMEOUT_SECONDS * 1_000;
  app.use(requestContext({ everyRoute, ownOf: { '/research': researchMs } }, leaving));
  app.use(requestLog(logger));
  app.use(securityHeaders());
  if (config.CORS_ORIGINS.length > 0) {
    app.enableCors({
      origin: config.CORS_ORIGINS.includes('*') ? '*' : [...config.CORS_ORIGINS],
      exposedHeaders: [
        'X-Request-Id',
        'Server-Timing',
        'Location',
        'Retry-After',
        'RateLimit-Policy',
        'RateLimit',
        'ETag',
        'Cache-Status',
      ],
      maxAge: 600,
    });
  }
  if (forward !== undefined) app.use(forward);
  if (config.ENABLE_COMPRESSION) app.use(compression({ threshold: compressFromBytes, filter: isCompressible }));
  app.use(refuseShedRequests);
  app.use(refuseUnknownMediaTypes);
  app.use(jsonBody(config.MAX_BODY_MEGABYTES * 2 ** 20));
}

function jsonBody(maxBytes: number): RequestHandler {
  const parse = json({ limit: maxBytes, type: ['json', '+json'] });
  return (request, response, next) => {
    parse(request, response, (error?: unknown) => {
      next(error === undefined ? undefined : toDomainError(error));
    });
  };
}

function requestLog(logger: Logger): HttpLogger<Request, Response> {
  return pinoHttp<Request, Response>({
    logger,
    customLogLevel: (_request, response, error) => {
      if (error !== undefined || response.statusCode >= 500) return 'error';
      return response.statusCode >= 400 ? 'warn' : 'info';
    },
    customProps: loggedClient,
    // The event that ends a request may come outside of its span.
    customSuccessObject: (request, _response, line: object) => ({ ...line, ...traceIds(request) }),
    customErrorObject: (request, _response, _error, line: object) => ({ ...line, ...traceIds(request) }),
    autoLogging: { ignore: (request) => request.url.startsWith('/health') },
    serializers: {
      req: (request: { id: string; method: string; url: string }) => ({
        id: request.id,
        method: request.method,
        url: request.url,
      }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
    },
  });
}

/** Swagger UI and later pages live under one strict policy; HSTS belongs to whoever terminates TLS. */
function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  });
}

function isCompressible(request: Request, response: Response): boolean {
  // The coding of stored answers was chosen with them.
  if (response.locals['isStored'] === true) return false;
  const type = response.getHeader('Content-Type');
  if (typeof type === 'string' && type.startsWith('text/event-stream')) return false;
  return compression.filter(request, response) || String(type).startsWith('application/problem+json');
}
