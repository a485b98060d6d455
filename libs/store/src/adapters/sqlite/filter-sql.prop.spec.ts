import fc from 'fast-check';

import { dataFolder } from '../../../contract/data-folder';
import { collectionSpec, sampleDocument } from '../../../contract/sample-documents';
import type { ChunkFilter, DocumentFields, MetadataCondition } from '../../model';
import { JobTable } from './job-table';
import { SqliteReader } from './sqlite-reader';
import { SqliteWriter } from './sqlite-writer';

const limits = { maxOpenJobs: 10, maxEndedJobs: 10, endedJobTtlMs: 1_000 };
const field = fc.constantFrom('a', 'b', 'a"b', 'a.b', '$.a', '__proto__');
const scalar = fc.oneof(
  fc.constantFrom<string | number | boolean>(
    0,
    1,
    2,
    -1.5,
    '1',
    '2',
    '',
    'a',
    'b',
    "'",
    '%',
    '_',
    'é',
    '😀',
    '\uffff',
    true,
    false,
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const metadata = fc.dictionary(field, fc.oneof(scalar, fc.constant(null), fc.array(scalar, { maxLength: 3 })), {
  maxKeys: 3,
});
const source = fc.string({ unit: fc.constantFrom('a', 'A', '/', '%', '_', '\\', 'é', '😀'), maxLength: 5 });
const date = fc.constantFrom('2025-12-31', '2026-01-01', '2026-01-02');
const docType = fc.constantFrom('markdown', 'pdf', 'html');
const language = fc.constantFrom<'pt' | 'en' | 'other'>('pt', 'en', 'other');
const condition: fc.Arbitrary<MetadataCondition> = fc.oneof(
  fc.record({ field, operator: fc.constantFrom('$eq' as const, '$ne', '$gt', '$gte', '$lt', '$lte'), value: scalar }),
  fc.record({ field, operator: fc.constantFrom('$in' as const, '$nin'), value: fc.array(scalar, { maxLength: 3 }) }),
);
const filter: fc.Arbitrary<ChunkFilter> = fc.record(
  {
    docTypes: fc.array(docType, { maxLength: 2 }),
    languages: fc.array(language, { maxLength: 2 }),
    sourcePrefix: source,
    dateFrom: date,
    dateTo: date,
    metadata: fc.array(condition, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const fields = fc.record({ source, docType, language, date: fc.option(date, { nil: undefined }), metadata });

type Fields = Pick<DocumentFields, 'source' | 'docType' | 'language' | 'date' | 'metadata'>;

function matches(document: Fields, wanted: ChunkFilter): boolean {
  return (
    (wanted.docTypes?.includes(document.docType) ?? true) &&
    (wanted.languages?.includes(document.language) ?? true) &&
    document.source.startsWith(wanted.sourcePrefix ?? '') &&
    (wanted.dateFrom === undefined || (document.date !== undefined && document.date >= wanted.dateFrom)) &&
    (wanted.dateTo === undefined || (document.date !== undefined && document.date <= wanted.dateTo)) &&
    (wanted.metadata ?? []).every((each) => matchesCondition(document, each))
  );
}

function matchesCondition({ metadata: all }: Fields, { field: name, operator, value }: MetadataCondition): boolean {
  const stored = Object.hasOwn(all, name) ? all[name] : undefined;
  const elements = stored === undefined || stored === null ? [] : typeof stored === 'object' ? stored : [stored];
  const candidates = typeof value === 'object' ? value : [value];
  const some = (test: (order: number) => boolean): boolean =>
    elements.some((element) =>
      candidates.some((candidate) => typeof element === typeof candidate && test(compare(element, candidate))),
    );
  switch (operator) {
    case '$eq':
    case '$in':
      return some((order) => order === 0);
    case '$ne':
    case '$nin':
      return !some((order) => order === 0);
    case '$gt':
      return some((order) => order > 0);
    case '$gte':
      return some((order) => order >= 0);
    case '$lt':
      return some((order) => order < 0);
    case '$lte':
      return some((order) => order <= 0);
  }
}

function compare(left: string | number | boolean, right: string | number | boolean): number {
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return Number(left) - Number(right);
}

describe('resolveFilter', () => {
  const folder = dataFolder();
  const writer = new SqliteWriter(folder.path, limits);
  const reader = new SqliteReader(folder.path, (connection) => new JobTable(connection, limits));

  afterAll(() => {
    reader.close();
    writer.close();
    folder.remove();
  });

  it('admits exactly what the plain predicate admits', () => {
    fc.assert(
      fc.property(
        fc.array(fields, { maxLength: 6 }),
        fc.array(filter, { minLength: 1, maxLength: 6 }),
        (documents, filters) => {
          writer.createCollection(collectionSpec('c'));
          try {
            const first = writer.reserveKeys(documents.length);
            const keys = documents.map((_, nth) => first + nth);
            const put = documents.map((document, nth) => sampleDocument(`d${nth}`, ['text'], document));
            writer.commit('c', { put, keys, remove: [] });
            for (const wanted of filters) {
              const expected = keys.filter((_, nth) => documents[nth] && matches(documents[nth], wanted));
              expect([...reader.resolveFilter('c', wanted)]).toEqual(expected);
            }
          } finally {
            writer.deleteCollection('c');
          }
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});
