import type { Engines } from '@acervo/api';
import { migrateCollection, type MigrationCounts } from '@acervo/ingest';
import type { CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { defaultSearchOptions, SearchService } from '@acervo/search';

import { compareSearches, sampleQuestions, type SearchComparison } from './compare-searches';

export interface MigratedCollection {
  readonly collection: string;
  readonly documents: number;
  readonly chunks: number;
  /** Documents that this run carried; the others were there. */
  readonly copied: number;
  readonly comparison: SearchComparison;
  /** What differs; empty when both sides are alike. */
  readonly differences: readonly string[];
}

/** Less means that something else than the rounding of vectors is at work. */
const leastAgreement = 0.95;

export type ReportProgress = (collection: string, counts: MigrationCounts) => void;

/** Carries one collection and asks both sides the same `samples` questions. Errors: those of `migrateCollection`. */
export async function runMigration(
  source: Engines,
  target: Engines,
  name: string,
  samples: number,
  context: CallContext,
  report: ReportProgress,
): Promise<MigratedCollection> {
  let copied = 0;
  const ports = { source: source.store, target: target.store, writer: target.writer };
  for await (const event of migrateCollection(ports, name, context)) {
    ({ copied } = event);
    report(name, event);
  }
  const [from, to] = await Promise.all(
    [source, target].map(async ({ store }) => store.findCollection(name, context, 'now')),
  );
  if (from === undefined || to === undefined) throw fail('COLLECTION_NOT_FOUND', undefined, { collection: name });
  const questions = await sampleQuestions(source.store, name, samples, context);
  // The same model asks both.
  const sideOf = ({ store, vectorIndex }: Engines): SearchService =>
    new SearchService(store, vectorIndex, source.embedder, defaultSearchOptions);
  const comparison = await compareSearches(
    { source: sideOf(source), target: sideOf(target) },
    name,
    questions,
    context,
  );
  const { agreement, degraded } = comparison;
  const differences = [
    ...(from.documents === to.documents ? [] : [`${from.documents} documents here, ${to.documents} there`]),
    ...(from.chunks === to.chunks ? [] : [`${from.chunks} passages here, ${to.chunks} there`]),
    ...(degraded === 0 ? [] : [`${degraded} searches without words or vectors`]),
    ...(agreement >= leastAgreement ? [] : [`answers agree at ${(agreement * 100).toFixed(1)} % of their ranks`]),
  ];
  return { collection: name, documents: to.documents, chunks: to.chunks, copied, comparison, differences };
}
