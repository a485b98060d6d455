import type { Request } from 'express';

import { clientOrAnybody, reachCollection } from '@acervo/identity';

import type { Asker } from './chat.service';

/** Without keys all are one: whoever reaches the server sees the conversations kept on it. */
const everybody = 'everybody';

/** Errors: those of `reachCollection`. */
export function askerOf(request: Request, collection: string | undefined, defaultCollection: string): Asker {
  const reached = reachCollection(clientOrAnybody(request), collection, defaultCollection);
  return { owner: ownerOf(request), headers: request.headers, collection: reached };
}

/** Whose conversations a request may see. */
export function ownerOf(request: Request): string {
  const { id } = clientOrAnybody(request);
  return id.startsWith('key:') ? id : everybody;
}
