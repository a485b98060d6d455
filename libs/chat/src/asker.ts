import type { Request } from 'express';

import { clientOf } from '@acervo/identity';
import { publicTenant, storeName } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { Asker } from './chat.service';

/** Without keys all are one: whoever reaches the server sees the conversations kept on it. */
const everybody = 'everybody';

/** Errors: AUTH_FORBIDDEN for a collection that the key is not bound to. */
export function askerOf(request: Request, collection: string | undefined, defaultCollection: string): Asker {
  const client = clientOf(request);
  const tenant = client?.tenant ?? publicTenant;
  const name = collection ?? defaultCollection;
  if (client?.collections?.has(name) === false)
    throw fail('AUTH_FORBIDDEN', `This key is not for the collection "${name}".`, { collection: name });
  const owner = client?.id.startsWith('key:') === true ? client.id : everybody;
  return { owner, tenant, headers: request.headers, collection: storeName(tenant, name) };
}
