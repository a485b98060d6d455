/**
 * Claims a job, says `claimed`, waits until its standard input ends, then commits a document for the job and ends it:
 * says how both went. Arguments: connection string, milliseconds of a lease, kind of job.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';

import { DomainError } from '@acervo/kernel';

import { createPostgresDocumentStore } from '../src/adapters/postgres/postgres-document-store';
import { sampleDocument, soon } from './sample-documents';

const [, , url = '', leaseMs = '', kind = ''] = process.argv;

async function run(): Promise<void> {
  const store = await createPostgresDocumentStore({ url, leaseMs: Number(leaseMs) });
  const job = await store.claimJob([kind], soon());
  writeSync(1, 'claimed\n');
  await once(process.stdin.resume(), 'end');
  const key = await store.reserveKeys(1, soon());
  const put = [sampleDocument('a', ['from the first worker'])];
  const outcome = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
    );
  writeSync(1, `${await outcome(store.commit('c', { put, keys: [key], remove: [], job: job?.id }, soon()))}\n`);
  writeSync(1, `${await outcome(store.updateJob(job?.id ?? '', { state: 'failed' }, soon()))}\n`);
  await store.close();
}

void run();
