/**
 * Commits without end until it is killed; writes one JSON line to its standard output after each acknowledged commit.
 * Every third commit replaces a document, every fifth removes one. Arguments: the data folder, the number of the
 * first commit (0 makes the collection).
 */
import { writeSync } from 'node:fs';

import { SqliteWriter } from '../src/adapters/sqlite/sqlite-writer';
import { collectionSpec, sampleDocument } from './sample-documents';

const [, , directory = ''] = process.argv;
const writer = new SqliteWriter(directory, { maxOpenJobs: 10, maxEndedJobs: 10, endedJobTtlMs: 1_000 }, 300);
const start = Number(process.argv[3]);
if (start === 0) writer.createCollection(collectionSpec('c'));

for (let nth = start; ; nth++) {
  const id = nth % 3 === 2 ? `d${nth - 1}` : `d${nth}`;
  const texts = Array.from({ length: 1 + (nth % 7) }, (_, at) => `commit ${nth} chunk ${at} shared words`);
  const first = writer.reserveKeys(texts.length);
  const remove = nth % 5 === 4 ? [`d${nth - 3}`] : [];
  const { generation } = writer.commit('c', {
    put: [sampleDocument(id, texts)],
    keys: texts.map((_, at) => first + at),
    remove,
  });
  writeSync(1, `${JSON.stringify({ generation, id, nth, chunks: texts.length, remove })}\n`);
}
