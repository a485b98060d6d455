import fc from 'fast-check';
import { analyseDocument, analyseQuery, type QueryTerm } from '@acervo/language';

import { dataFolder } from '../../../contract/data-folder';
import { collectionSpec, sampleDocument } from '../../../contract/sample-documents';
import { fromColumns } from '../../hit-columns';
import { scoreOf } from '../../key-scores';
import { b, inverseDocumentFrequency, k1, surfaceShare } from '../../bm25';
import { JobTable } from './job-table';
import { SqliteReader } from './sqlite-reader';
import { SqliteWriter } from './sqlite-writer';

const limits = { maxOpenJobs: 10, maxEndedJobs: 10, endedJobTtlMs: 1_000 };
const words = ['docker', 'dockers', 'volume', 'volumes', 'running', 'runs', 'run', 'network', 'the', 'of'];
const text = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 12 }).map((list) => list.join(' '));
const change = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  texts: fc.array(text, { maxLength: 260, size: 'max' }),
  isRemoval: fc.boolean(),
});

/** The formula of bm25.ts, word by word over the texts themselves. */
function expectedScores(passages: ReadonlyMap<number, string>, terms: readonly QueryTerm[]): Map<number, number> {
  const chunks = [...passages].map(([key, passage]) => {
    const { surface, stemmed } = analyseDocument(passage, 'en');
    return { key, surface: surface.split(' '), stemmed: stemmed.split(' ') };
  });
  const average = chunks.reduce((sum, { stemmed }) => sum + stemmed.length, 0) / chunks.length;
  const weighted = terms.map(({ surface, stems }) => ({
    surface,
    stems,
    idf: inverseDocumentFrequency(
      chunks.length,
      stems.reduce((sum, stem) => sum + chunks.filter(({ stemmed }) => stemmed.includes(stem)).length, 0),
    ),
  }));
  const scores = chunks.map(({ key, surface: forms, stemmed }): [number, number] => {
    const norm = k1 * (1 - b + (b * stemmed.length) / average);
    const saturated = (words: readonly string[], word: string): number => {
      const occurrences = words.filter((other) => other === word).length;
      return occurrences / (occurrences + norm);
    };
    const score = weighted.reduce((sum, { surface, stems, idf }) => {
      const stem = stems.reduce((part, each) => part + saturated(stemmed, each), 0);
      return sum + idf * ((1 - surfaceShare) * stem + surfaceShare * saturated(forms, surface));
    }, 0);
    return [key, score];
  });
  return new Map(scores);
}

describe('the lexical index', () => {
  it('scores like the formula over the visible texts after any history of commits', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 8 }),
        fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(0, 500, 1_000_000),
        (changes, asked, maxFresh) => {
          const folder = dataFolder();
          const writer = new SqliteWriter(folder.path, limits, maxFresh);
          const reader = new SqliteReader(folder.path, (connection) => new JobTable(connection, limits));
          try {
            writer.createCollection(collectionSpec('c'));
            const visible = new Map<string, Map<number, string>>();
            for (const { id, texts, isRemoval } of changes) {
              const first = writer.reserveKeys(texts.length);
              const keys = texts.map((_, nth) => first + nth);
              if (isRemoval) {
                writer.commit('c', { put: [], keys: [], remove: [id] });
                visible.delete(id);
              } else {
                writer.commit('c', { put: [sampleDocument(id, texts)], keys, remove: [] });
                visible.set(id, new Map(keys.map((key, nth) => [key, texts[nth] ?? ''])));
              }
            }
            const passages = new Map([...visible.values()].flatMap((chunks) => [...chunks]));
            const terms = analyseQuery(asked.join(' '), ['en']);
            const found = reader.searchLexical('c', terms, 10_000, undefined);
            const hits = fromColumns(found.hits);
            const keys = [...passages.keys()];
            const scores = expectedScores(passages, terms);
            const holding = keys.filter((key) => (scores.get(key) ?? 0) > 0);
            expect(hits.map(({ key }) => key).sort()).toEqual([...holding].sort());
            for (const { key, score } of hits)
              expect(score).toBeCloseTo(Math.min(scores.get(key) ?? NaN, found.idfSum), 9);
            const { all } = found;
            if (all === undefined) throw new Error('So few passages are all listed.');
            expect([...all.keys]).toEqual([...holding].sort((a, b) => a - b));
            for (const key of keys)
              expect(scoreOf(all, key)).toBeCloseTo(Math.min(scores.get(key) ?? 0, found.idfSum), 9);
            reader.scoreLexical('c', terms, keys).forEach((score, nth) => {
              expect(score).toBeCloseTo(scores.get(keys[nth] ?? 0) ?? NaN, 9);
            });
          } finally {
            reader.close();
            writer.close();
            folder.remove();
          }
        },
      ),
      { numRuns: 20 },
    );
  }, 60_000);
});
