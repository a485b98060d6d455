import { callContext } from '@acervo/kernel';
import { gauge, type Family } from '@acervo/metrics';
import type { DocumentStore } from '@acervo/store';

const timeoutMs = 1_000;

/** Of all collections together: their names are the clients', and no labels. */
export async function storeFamilies(store: DocumentStore): Promise<Family[]> {
  const context = callContext(timeoutMs);
  const [collections, jobs] = await Promise.all([store.listCollections(context), store.countJobs(context)]);
  let [documents, chunks, commits] = [0, 0, 0];
  for (const collection of collections) {
    documents += collection.documents;
    chunks += collection.chunks;
    commits += collection.generation;
  }
  return [
    gauge('acervo_collections', 'Collections.', collections.length),
    gauge('acervo_documents', 'Documents of all collections.', documents),
    gauge('acervo_chunks', 'Passages of all collections.', chunks),
    gauge('acervo_generations', 'Sum of the generations of all collections: it grows with each commit.', commits),
    gauge(
      'acervo_jobs',
      'Jobs as far as ended ones are remembered.',
      jobs.map(({ kind, state, count }) => [{ kind, state }, count] as const),
    ),
  ];
}
