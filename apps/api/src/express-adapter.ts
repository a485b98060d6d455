import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';

import { CachedBody } from '@acervo/cache';

/** Nest's adapter for Express, which also sends answers whose bytes are ready. */
export class AcervoExpressAdapter extends ExpressAdapter {
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (!(body instanceof CachedBody)) return super.reply(response, body, statusCode) as unknown;
    body.send(response);
    return response;
  }
}
