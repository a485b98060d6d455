/**
 * The doors between what callers say and what the store knows: a caller names collections of its own tenant, and those
 * its key is bound to. Every route that takes the name of a collection asks here, and nothing below it knows callers.
 */
import { publicName, publicTenant, storeName, tenantOf } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { Client } from './client';

export type Reach = Pick<Client, 'tenant' | 'collections'>;

/**
 * The name in the store of the collection that a caller means. Of another tenant's collections nothing can be said:
 * their names mean others here. Without a name it is the default one, or the only one that the key is bound to.
 *
 * Errors: AUTH_FORBIDDEN for one that the key is not bound to, COLLECTION_NOT_FOUND for a name that no collection has.
 */
export function reachCollection({ tenant, collections }: Reach, name: string | undefined, byDefault: string): string {
  const meant = name ?? defaultFor(collections, byDefault);
  if (publicName(meant) !== meant) {
    throw fail('COLLECTION_NOT_FOUND', `There is no collection "${meant}".`);
  }
  if (collections?.has(meant) === false) {
    throw fail('AUTH_FORBIDDEN', `This key is not for the collection "${meant}".`, { collection: meant });
  }
  return storeName(tenant, meant);
}

function defaultFor(collections: Reach['collections'], byDefault: string): string {
  const [only] = collections?.size === 1 ? collections : [];
  return only ?? byDefault;
}

export function canReach({ tenant, collections }: Reach, inStore: string): boolean {
  return tenantOf(inStore) === tenant && collections?.has(publicName(inStore)) !== false;
}

/** Of what belongs to no collection, such as all caches: for the operator. Errors: AUTH_FORBIDDEN. */
export function assertOperator({ tenant, collections }: Reach): void {
  if (tenant === publicTenant && collections === undefined) return;
  throw fail(
    'AUTH_FORBIDDEN',
    'This concerns the whole server: it needs a key of the public tenant, bound to no collection.',
  );
}
