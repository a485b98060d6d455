import { reachCollection, type Reach } from '@acervo/identity';

import type { SearchRequest } from './search.schema';

/** The request with the store's name of the collection that `client` means. Errors: those of `reachCollection`. */
export function reachRequest(client: Reach, request: SearchRequest, defaultCollection: string): SearchRequest {
  return { ...request, collection: reachCollection(client, request.collection, defaultCollection) };
}
