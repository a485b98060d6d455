/**
 * The HTTP server with its patience: a client that sends slowly, or nothing, holds a connection and little else, and not
 * for long. Node.js looks at all connections now and then, so a limit may be exceeded by `checkEveryMs`.
 */
import { createServer, type RequestListener, type Server } from 'node:http';

export interface HttpLimits {
  /** From the opening of a connection, or the end of the request before, to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** The same to the end of the body. Uploads need it. */
  readonly requestTimeoutMs: number;
  /** Longer than the idle time of common proxies (nginx: 60 s), so that they close first and meet no closing socket. */
  readonly keepAliveTimeoutMs: number;
  readonly checkEveryMs: number;
  /** Of all headers of a request; 431 beyond. */
  readonly maxHeaderBytes: number;
  /** Further ones are closed as they come. */
  readonly maxConnections: number;
}

export const defaultHttpLimits: HttpLimits = {
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 300_000,
  keepAliveTimeoutMs: 75_000,
  checkEveryMs: 2_000,
  maxHeaderBytes: 16_384,
  maxConnections: 10_000,
};

export function createHttpServer(listener: RequestListener, limits: HttpLimits = defaultHttpLimits): Server {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      maxHeaderSize: limits.maxHeaderBytes,
    },
    listener,
  );
  server.maxConnections = limits.maxConnections;
  return server;
}
