import { EdgePurge } from '@acervo/cache';
import type { AcervoConfig } from '@acervo/config';
import type { DocumentStore } from '@acervo/store';
import type { Logger } from 'pino';

/** Tells CACHE_PURGE_URL of every change of a collection; undefined when there is none. Close it before the store. */
export function openEdgePurge(
  { CACHE_PURGE_URL, CACHE_PURGE_TOKEN }: AcervoConfig,
  store: DocumentStore,
  logger: Logger,
): EdgePurge | undefined {
  if (CACHE_PURGE_URL === undefined) return undefined;
  const purge = new EdgePurge({
    url: CACHE_PURGE_URL,
    token: CACHE_PURGE_TOKEN,
    findGeneration: async (collection, context) => (await store.findCollection(collection, context, 'now'))?.generation,
    onFailure: (collection, reason) => {
      logger.error({ collection, err: reason }, 'the edge was not purged: it may serve old answers for their s-maxage');
    },
  });
  store.onChange((collection) => {
    purge.notify(collection);
  });
  return purge;
}
