/** Filters and search by words of a DocumentStore. */
import { analyseQuery } from '@acervo/language';

import type { ChunkFilter } from '../src/model';
import { commitDocuments, sampleDocument, soon } from './sample-documents';
import type { StoreUnderTest } from './store-under-test';

export function describeStoreSearch(current: StoreUnderTest): void {
  describe('filters', () => {
    const filters: readonly [string, ChunkFilter, readonly string[]][] = [
      ['everything', {}, ['a', 'b', 'c']],
      ['document types', { docTypes: ['pdf', 'html'] }, ['b']],
      ['languages', { languages: ['pt'] }, ['b']],
      ['a source prefix', { sourcePrefix: 'docs/' }, ['a', 'b', 'c']],
      ['a prefix with % taken literally', { sourcePrefix: 'd%' }, []],
      ['dates, both ends inclusive', { dateFrom: '2026-01-01', dateTo: '2026-02-01' }, ['a', 'b']],
      ['$eq', { metadata: [{ field: 'v', operator: '$eq', value: 2 }] }, ['a']],
      ['$eq by type', { metadata: [{ field: 'v', operator: '$eq', value: '2' }] }, ['b']],
      ['$gte', { metadata: [{ field: 'v', operator: '$gte', value: 2 }] }, ['a']],
      ['$ne with the field missing', { metadata: [{ field: 'v', operator: '$ne', value: 2 }] }, ['b', 'c']],
      ['$in an element of a list', { metadata: [{ field: 'tags', operator: '$in', value: ['y', 'q'] }] }, ['a']],
      ['$nin', { metadata: [{ field: 'tags', operator: '$nin', value: ['x'] }] }, ['b', 'c']],
      ['booleans', { metadata: [{ field: 'ok', operator: '$eq', value: true }] }, ['c']],
      ['a number that is no boolean', { metadata: [{ field: 'ok', operator: '$eq', value: 1 }] }, []],
      ['several at once', { docTypes: ['markdown'], dateFrom: '2026-01-01' }, ['a']],
    ];
    it.each(filters)('narrows by %s', async (_, filter, expected) => {
      const { store, collection } = current;
      await commitDocuments(store, collection, [
        sampleDocument('a', ['one', 'two'], { date: '2026-01-01', metadata: { v: 2, tags: ['x', 'y'] } }),
        sampleDocument('b', ['um'], { date: '2026-02-01', docType: 'pdf', language: 'pt', metadata: { v: '2' } }),
        sampleDocument('c', ['three'], { metadata: { ok: true } }),
      ]);
      const keys = await store.resolveFilter(collection, filter, soon());
      expect([...keys]).toEqual([...keys].sort((left, right) => left - right));
      const chunks = await store.fetchChunks(collection, [...keys], soon());
      expect([...new Set(chunks.map(({ document }) => document.id))]).toEqual(expected);
    });
  });

  describe('lexical search', () => {
    const query = analyseQuery('docker volumes', ['en', 'pt']);

    beforeEach(async () => {
      const { store, collection } = current;
      await commitDocuments(store, collection, [
        sampleDocument('a', ['docker volumes keep data', 'a volume of poems', 'nothing of the kind here']),
        sampleDocument('b', ['docker images and docker networks and docker compose']),
        ...Array.from({ length: 20 }, (_, n) => sampleDocument(`filler-${n}`, [`filler number ${n} about cooking`])),
      ]);
    });

    it('ranks chunks that hold more of the terms first, with scores inside 0..Σ idf', async () => {
      const { store, collection } = current;
      const { hits, idfSum } = await store.searchLexical(collection, query, 10, undefined, soon());
      const chunks = await store.fetchChunks(
        collection,
        hits.map(({ key }) => key),
        soon(),
      );
      expect(chunks.map(({ text }) => text)).toEqual([
        'docker volumes keep data',
        'docker images and docker networks and docker compose',
        'a volume of poems',
      ]);
      for (const { score } of hits) {
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(idfSum);
      }
    });

    it('gives scoreLexical the scores of searchLexical, and 0 where no term occurs', async () => {
      const { store, collection } = current;
      const { hits } = await store.searchLexical(collection, query, 10, undefined, soon());
      const keys = await store.listKeys(collection, soon());
      const scores = await store.scoreLexical(collection, query, [...keys], soon());
      const expected = [...keys].map((key) => hits.find((hit) => hit.key === key)?.score ?? 0);
      scores.forEach((score, at) => {
        expect(score).toBeCloseTo(expected[at] ?? NaN, 9);
      });
    });

    it('stays within the allowed chunks and the limit', async () => {
      const { store, collection } = current;
      const all = await store.searchLexical(collection, query, 10, undefined, soon());
      const allowed = Uint32Array.from(all.hits.slice(1), ({ key }) => key).sort();
      const narrowed = await store.searchLexical(collection, query, 10, allowed, soon());
      expect(narrowed.hits.map(({ key }) => key)).toEqual(all.hits.slice(1).map(({ key }) => key));
      expect(narrowed.idfSum).toBe(all.idfSum);
      expect((await store.searchLexical(collection, query, 1, undefined, soon())).hits).toHaveLength(1);
      expect((await store.searchLexical(collection, query, 10, new Uint32Array(), soon())).hits).toEqual([]);
    });

    it('counts terms that nobody has seen in Σ idf, and answers no terms with nothing', async () => {
      const { store, collection } = current;
      const seen = await store.searchLexical(collection, query, 10, undefined, soon());
      const more = [...query, ...analyseQuery('xylophone', ['en'])];
      const unseen = await store.searchLexical(collection, more, 10, undefined, soon());
      expect(unseen.idfSum).toBeGreaterThan(seen.idfSum);
      expect(await store.searchLexical(collection, [], 10, undefined, soon())).toMatchObject({ hits: [], idfSum: 0 });
    });

    it('finds other forms of a word, the exact form first', async () => {
      const { store, collection } = current;
      await commitDocuments(store, collection, [
        sampleDocument('pt', ['as configurações ficam', 'a configuração fica'], { language: 'pt' }),
      ]);
      const terms = analyseQuery('configuracao', ['pt']);
      const { hits } = await store.searchLexical(collection, terms, 10, undefined, soon());
      const chunks = await store.fetchChunks(
        collection,
        hits.map(({ key }) => key),
        soon(),
      );
      expect(chunks.map(({ text }) => text)).toEqual(['a configuração fica', 'as configurações ficam']);
    });
  });
}
