/**
 * The first middleware: gives a request its id, its call context (deadline and abort signal) and its total time.
 * Everything behind it finds `request.id` and `request.callContext`.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import onHeaders from 'on-headers';

import { clientOf } from '@acervo/identity';
import { startCall, type CallContext } from '@acervo/kernel';

declare module 'express-serve-static-core' {
  interface Request {
    id: string;
    callContext: CallContext;
  }
}

const saneToken = /^[\w.:-]{1,128}$/;
const waitPreference = /(?:^|[,;\s])wait=(\d{1,6})/;

/** The id that the client gave, if it is a sane token, or a new one. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && saneToken.test(given) ? given : randomUUID();
}

const arrivalKey = Symbol('arrival');

interface Arrived {
  [arrivalKey]?: number;
}

/** For what happens before the router to count in deadline and duration: `ms` of the monotonic clock. */
export function rememberArrival(request: IncomingMessage, ms: number): void {
  (request as Arrived)[arrivalKey] = ms;
}

/** The metric of Server-Timing for a request that began at `startedMs` of the monotonic clock. */
export function totalTiming(startedMs: number): string {
  return `total;dur=${(performance.now() - startedMs).toFixed(1)}`;
}

export interface Timeouts {
  readonly everyRoute: number;
  /** Of routes that keep a budget of their own; their paths in this spelling. */
  readonly ownOf: Readonly<Record<string, number>>;
}

/**
 * @param timeoutsMs deadlines of requests; `Prefer: wait=N` (RFC 7240, seconds) may ask for less
 * @param leaving ends all calls when it aborts, with its reason
 */
export function requestContext(
  { everyRoute, ownOf }: Timeouts,
  leaving: AbortSignal,
): (request: Request, response: Response, next: NextFunction) => void {
  return (request, response, next) => {
    const startedMs = (request as Arrived)[arrivalKey] ?? performance.now();
    request.id = requestIdOf(request.get('x-request-id'));
    response.setHeader('X-Request-Id', request.id);

    const timeoutMs = (Object.hasOwn(ownOf, request.path) ? ownOf[request.path] : undefined) ?? everyRoute;
    const spentMs = performance.now() - startedMs;
    const call = startCall(Math.max(0, Math.min(timeoutMs, preferredWaitMs(request)) - spentMs), leaving);
    request.callContext = {
      ...call.context,
      // Known once somebody behind this has asked who it is.
      get client() {
        return clientOf(request)?.id;
      },
    };
    response.once('close', () => {
      if (!response.writableFinished) call.cancel();
      call.end();
    });

    // Its client left before anybody could listen.
    if (response.closed) call.cancel();

    onHeaders(response, () => {
      // Node drops what follows a declined upgrade in the same packet: after an early answer, the next request's head.
      if (request.headers.upgrade !== undefined && !request.complete) response.setHeader('Connection', 'close');
      const total = totalTiming(startedMs);
      const stages = response.getHeader('Server-Timing');
      response.setHeader('Server-Timing', stages === undefined ? total : `${String(stages)}, ${total}`);
    });
    next();
  };
}

/** A write waits for its job and answers 202 when the time is over, so its preference is no deadline. */
function preferredWaitMs(request: Request): number {
  if (request.path.startsWith('/documents')) return Infinity;
  const seconds = waitPreference.exec(request.get('prefer') ?? '')?.[1];
  return seconds === undefined || seconds === '0' ? Infinity : Number(seconds) * 1_000;
}
