import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';

import type { DomainError } from '@acervo/kernel';
import { writeLimitHeaders, type LimitOutcome } from '@acervo/throttle';

export interface Shedding {
  readonly error: DomainError;
  /** What the request has taken. */
  readonly limit: LimitOutcome;
}

const sheddingKey = Symbol('shedding');

interface Shed {
  [sheddingKey]?: Shedding;
}

/** For a refusal that the lane has not learned to write yet: the router writes it before it does anything else. */
export function shedInRouter(request: IncomingMessage, shedding: Shedding): void {
  (request as Shed)[sheddingKey] = shedding;
}

/** Behind the headers that every answer has. */
export function refuseShedRequests(request: Request, response: Response, next: NextFunction): void {
  const shedding = (request as Shed)[sheddingKey];
  if (shedding === undefined) {
    next();
    return;
  }
  writeLimitHeaders(response, shedding.limit);
  next(shedding.error);
}
