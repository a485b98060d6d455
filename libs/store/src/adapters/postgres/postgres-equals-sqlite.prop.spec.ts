import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { analyseQuery } from '@acervo/language';
import { describeWithPostgres, startPostgresServer, type PostgresServer } from '@acervo/testing';

import { collectionSpec, sampleDocument, soon } from '../../../contract/sample-documents';
import type { DocumentStore } from '../../document-store';
import type { ChunkFilter, Comparison, Metadata } from '../../model';
import { createSqliteDocumentStore } from '../sqlite/sqlite-document-store';
import { createPostgresDocumentStore } from './postgres-document-store';

const words = ['docker', 'volumes', 'volume', 'running', 'runs', 'the', 'rede', 'redes', 'configuração', 'configurar'];
const text = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 12 }).map((list) => list.join(' '));
const scalar = fc.oneof(
  fc.constantFrom('a', 'B', 'á', 'z', '😀', '\uffff', ''),
  fc.constantFrom(-1.5, 0, 1, 2, 1e21),
  fc.boolean(),
);
const metadata: fc.Arbitrary<Metadata> = fc.dictionary(
  fc.constantFrom('v', 'w'),
  fc.oneof(scalar, fc.constant(null), fc.array(scalar, { maxLength: 3 })),
);
const change = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  texts: fc.array(text, { maxLength: 200, size: 'max' }),
  language: fc.constantFrom('pt' as const, 'en' as const, 'other' as const),
  source: fc.constantFrom('docs/a', 'docs/á', 'other'),
  date: fc.constantFrom(undefined, '2026-01-01', '2026-02-01'),
  metadata,
  isRemoval: fc.boolean(),
});
const condition = fc.oneof(
  fc.record({
    field: fc.constantFrom('v', 'w', 'x'),
    operator: fc.constantFrom<Comparison>('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'),
    value: scalar,
  }),
  fc.record({
    field: fc.constantFrom('v', 'w'),
    operator: fc.constantFrom<Comparison>('$in', '$nin'),
    value: fc.array(scalar, { maxLength: 3 }),
  }),
);
const filter: fc.Arbitrary<ChunkFilter> = fc.record(
  {
    languages: fc.subarray(['pt' as const, 'en' as const]),
    sourcePrefix: fc.constantFrom('docs/', 'docs/á', '%'),
    dateFrom: fc.constantFrom('2026-01-01', '2026-01-15'),
    metadata: fc.array(condition, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

describeWithPostgres('the same commits on Postgres and on SQLite', () => {
  let server: PostgresServer;
  let stores: DocumentStore[] = [];
  let directory: string;
  let nth = 0;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'acervo-equal-'));
    server = await startPostgresServer({ isDurable: false });
    stores = [
      await createPostgresDocumentStore({ url: server.createDatabase().url }),
      await createSqliteDocumentStore({ directory }),
    ];
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  it('give equal words, scores, filters and counts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(fc.constantFrom(...words, 'unseen'), { minLength: 1, maxLength: 4 }),
        fc.array(filter, { minLength: 1, maxLength: 4 }),
        async (changes, asked, filters) => {
          const collection = `c${nth++}`;
          const answers = await Promise.all(
            stores.map(async (store) => {
              await store.createCollection(collectionSpec(collection), soon());
              const first = await store.reserveKeys(0, soon());
              for (const { id, texts, isRemoval, ...fields } of changes) {
                const put = isRemoval ? [] : [sampleDocument(id, texts, fields)];
                const from = await store.reserveKeys(put.length * texts.length, soon());
                const keys = put.length === 0 ? [] : texts.map((_, at) => from + at);
                await store.commit(collection, { put, keys, remove: isRemoval ? [id] : [] }, soon());
              }
              const terms = analyseQuery(asked.join(' '), ['pt', 'en']);
              const relative = (keys: ArrayLike<number>): number[] => Array.from(keys, (key) => key - first);
              const all = await store.listKeys(collection, soon());
              const found = await store.searchLexical(collection, terms, 10, undefined, soon());
              const allowed = all.filter((key) => key % 3 !== 0);
              const narrowed = await store.searchLexical(collection, terms, 1_000, allowed, soon());
              return {
                keys: relative(all),
                hits: relative(found.hits.map(({ key }) => key)),
                narrowed: new Map(narrowed.hits.map(({ key, score }) => [key - first, score])),
                scores: [
                  found.idfSum,
                  ...found.hits.map(({ score }) => score),
                  ...(found.all?.scores ?? []),
                  ...(await store.scoreLexical(collection, terms, [...all], soon())),
                ],
                filtered: await Promise.all(
                  filters.map(async (each) => relative(await store.resolveFilter(collection, each, soon()))),
                ),
                counts: await store.findCollection(collection, soon(), 'now').then((it) => it?.languages),
              };
            }),
          );
          const [ours, theirs] = answers;
          if (ours === undefined || theirs === undefined) throw new Error('There are two stores.');
          expect({ ...ours, scores: [], narrowed: [], hits: [] }).toEqual({
            ...theirs,
            scores: [],
            narrowed: [],
            hits: [],
          });
          expect(ours.hits).toHaveLength(theirs.hits.length);
          expect(ours.scores).toHaveLength(theirs.scores.length);
          ours.scores.forEach((score, at) => {
            expect(score).toBeCloseTo(theirs.scores[at] ?? NaN, 9);
          });
        },
      ),
      { numRuns: 25 },
    );
  }, 180_000);
});
