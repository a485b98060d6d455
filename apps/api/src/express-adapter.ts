import type { RequestListener } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';

import { CachedBody } from '@acervo/cache';

import type { FastLane } from './fast-lane/fast-lane';
import { createHttpServer } from './http-server';

/** Nest's adapter for Express, which also sends answers whose bytes are ready, with a fast lane in front if there is one. */
export class AcervoExpressAdapter extends ExpressAdapter {
  constructor(private readonly lane?: FastLane) {
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
    const { lane } = this;
    const route = this.getInstance<RequestListener>();
    this.httpServer = createHttpServer((request, response) => {
      if (lane === undefined) route(request, response);
      else
        lane.handle(request, response, () => {
          route(request, response);
        });
    });
  }
}
