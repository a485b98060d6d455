import type { RequestListener } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';

import { CachedBody } from '@acervo/cache';
import type { RequestMetrics } from '@acervo/metrics';
import type { Tracing } from '@acervo/tracing';

import type { FastLane } from './fast-lane/fast-lane';
import { createHttpServer } from './http-server';

/** Nest's adapter for Express, which also sends answers whose bytes are ready, with a fast lane in front if there is one. */
export class AcervoExpressAdapter extends ExpressAdapter {
  /** @param requests and `tracing` see every request before anybody else does */
  constructor(
    private readonly lane?: FastLane,
    private readonly requests?: Pick<RequestMetrics, 'watch'>,
    private readonly tracing?: Pick<Tracing, 'watch' | 'resume'>,
  ) {
    super();
  }

  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (!(body instanceof CachedBody)) return super.reply(response, body, statusCode) as unknown;
    response.locals['isStored'] = true;
    body.send(response);
    this.lane?.remember(response.req, response, body);
    return response;
  }

  override initHttpServer(): void {
    const { lane, requests, tracing } = this;
    const plain = this.getInstance<RequestListener>();
    const route = tracing === undefined ? plain : inSpan(plain, tracing);
    this.httpServer = createHttpServer((request, response) => {
      requests?.watch(request, response);
      tracing?.watch(request, response);
      if (lane === undefined) route(request, response);
      else
        lane.handle(request, response, () => {
          route(request, response);
        });
    });
  }
}

/** Whoever waited in front of the router for the body, or for a turn, has left the span of the request. */
function inSpan(route: RequestListener, tracing: Pick<Tracing, 'resume'>): RequestListener {
  return (request, response) => {
    tracing.resume(request, () => {
      route(request, response);
    });
  };
}
