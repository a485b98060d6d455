/**
 * The way out (D7): SIGTERM or SIGINT → not ready, and connections are not kept → drain delay → stop accepting →
 * finish what runs → a typed error to what still runs then → close engines → exit 0.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

import { fail } from '@acervo/problem';
import type { Logger } from 'pino';

import type { RunningServer } from './bootstrap';

export interface DrainOptions {
  readonly server: RunningServer;
  /** Between "not ready" and the end of accepting: proxies need it to look elsewhere. */
  readonly delayMs: number;
  /** Before the application is closed: other processes may still hand requests to this one. */
  readonly beforeClose: () => Promise<void>;
  /** After the last request. */
  readonly close: () => Promise<void>;
  readonly logger: Logger;
}

/** For what runs when accepting ends. */
export const drainTimeoutMs = 30_000;
/** For streams to send their last event. */
const lastWordsMs = 1_000;
const idleCheckMs = 50;

/** @returns aborted when stopping begins */
export function drainOnSignal(options: DrainOptions): AbortSignal {
  const { server, logger } = options;
  const sockets = openSockets(server.app.getHttpServer());
  const stopping = new AbortController();
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    logger.info({ signal }, 'stopping');
    server.readiness.state = 'stopping';
    const http = server.app.getHttpServer();
    // In front of the router and the fast lane: a client that is answered looks for another server next time.
    http.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false;
    });
    stopping.abort();
    await delay(options.delayMs);
    await finishRequests(http, sockets, server.leaving);
    await options.beforeClose();
    await server.app.close();
    await options.close();
    logger.info('stopped');
    process.exit(0);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) return;
    stop(signal).catch((error: unknown) => {
      logger.fatal({ err: error }, 'the server did not stop cleanly');
      process.exit(1);
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stopping.signal;
}

/** Those that are open now, whenever it is looked at. */
export function openSockets(http: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/**
 * Stops accepting, waits for the answers that are under way, and ends what is left.
 *
 * @param sockets those of `openSockets`
 * @param leaving aborted when time is up: streams then send their last words
 */
export async function finishRequests(
  http: Server,
  sockets: ReadonlySet<Socket>,
  leaving: AbortController,
): Promise<void> {
  await readWhatWaits();
  const closed = new Promise<void>((resolve) => {
    http.close(() => {
      resolve();
    });
  });
  const idleClosed = closeIdle(http, sockets);
  await Promise.race([closed, delay(drainTimeoutMs, undefined, { ref: false })]);
  leaving.abort(fail('SERVER_NOT_READY', 'The server stops: ask another one.'));
  await Promise.race([closed, delay(lastWordsMs, undefined, { ref: false })]);
  http.closeAllConnections();
  await closed;
  await idleClosed;
}

/** Connections whose answer had begun before: kept alive, and idle as soon as it ends. */
async function closeIdle(http: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  while (sockets.size > 0) {
    await delay(idleCheckMs);
    await readWhatWaits();
    http.closeIdleConnections();
    // Node.js takes a connection for idle after its first answer only; clients also make some in advance.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }
}

/**
 * Timers come before sockets in a turn of the event loop: what arrived while it was busy is not read yet when one fires,
 * and to close then resets a connection that waits to be accepted, or one whose request looks like silence. One turn
 * accepts, the next reads.
 */
async function readWhatWaits(): Promise<void> {
  for (let nth = 0; nth < 2; nth++) await turn();
}
