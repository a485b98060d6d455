import { holdsScope, reachCollection, type Client, type Scope } from '@acervo/identity';
import { publicName, tenantOf } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import type { Job } from '@acervo/store';

import { ingestJobKind } from './ingest-job';

/**
 * A job belongs to the tenant and the collection that it works on; what it may be seen with is what it was made with.
 *
 * Errors: JOB_NOT_FOUND for one of another tenant, as if there were none; AUTH_FORBIDDEN when the key lacks the scope or
 * the collection.
 */
export function assertMaySee(client: Client, { id, kind, input }: Job, defaultCollection: string): void {
  const { collection = defaultCollection } = input as { readonly collection?: string };
  if (tenantOf(collection) !== client.tenant) throw fail('JOB_NOT_FOUND', `There is no job "${id}".`, { job: id });
  const scope = scopeOf(kind);
  if (!holdsScope(client, scope)) {
    throw fail('AUTH_FORBIDDEN', `This job needs a key with the scope ${scope}.`, { scopes: [scope] });
  }
  reachCollection(client, publicName(collection), defaultCollection);
}

function scopeOf(kind: string): Scope {
  if (kind === ingestJobKind) return 'ingest';
  return kind === 'research' ? 'chat' : 'search';
}
