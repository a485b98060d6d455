import { join } from 'node:path';

import { openDatabase } from '@acervo/sqlite';

import { dataFolder } from '../../../contract/data-folder';
import { SqliteWriter } from './sqlite-writer';

describe('the memory of jobs', () => {
  let folder: ReturnType<typeof dataFolder>;
  const limits = { maxOpenJobs: 3, maxEndedJobs: 2, endedJobTtlMs: 60_000 };
  let writer: SqliteWriter;

  beforeEach(() => {
    folder = dataFolder();
    writer = new SqliteWriter(folder.path, limits);
  });
  afterEach(() => {
    writer.close();
    folder.remove();
  });

  const end = (id: string): void => {
    writer.createJob({ id, kind: 'k', input: null });
    writer.updateJob(id, { state: 'succeeded' });
  };

  it('is bounded: the oldest ended jobs go first, open ones never', () => {
    writer.createJob({ id: 'open', kind: 'k', input: null });
    for (const id of ['a', 'b', 'c', 'd']) end(id);
    writer.createJob({ id: 'e', kind: 'k', input: null });
    expect(['open', 'a', 'b', 'c', 'd', 'e'].filter((id) => writer.findJob(id))).toEqual(['open', 'c', 'd', 'e']);
  });

  it('refuses more open jobs than it may hold', () => {
    for (const id of ['a', 'b', 'c']) writer.createJob({ id, kind: 'k', input: null });
    expect(() => writer.createJob({ id: 'd', kind: 'k', input: null })).toThrow(
      expect.objectContaining({ code: 'SERVER_OVERLOADED' }) as Error,
    );
  });

  it('forgets an idempotency key together with its job', () => {
    const first = { id: 'a', kind: 'k', input: null, idempotencyKey: 'key' };
    writer.createJob(first);
    writer.updateJob('a', { state: 'failed', problem: { code: 'X' } });
    expect(writer.createJob({ ...first, id: 'b' })).toMatchObject({ isNew: false, job: { id: 'a' } });
    end('c');
    end('d');
    expect(writer.createJob({ ...first, id: 'e' })).toMatchObject({ isNew: true, job: { id: 'e' } });
  });

  it('survives a restart', () => {
    writer.createJob({ id: 'a', kind: 'k', input: { path: 'x' } });
    writer.claimJob(['k']);
    writer.close();
    writer = new SqliteWriter(folder.path, limits);
    expect(writer.requeueInterruptedJobs()).toBe(1);
    expect(writer.claimJob(['k'])).toMatchObject({ id: 'a', attempts: 2, input: { path: 'x' } });
  });

  it('knows the documents of jobs that a version before 0002 accepted', () => {
    const input = { collection: 'manual', item: { id: 'férias' } };
    writer.createJob({ id: 'old', kind: 'ingest', input });
    writer.close();
    const database = openDatabase(join(folder.path, 'acervo.db'));
    database.exec(`DROP INDEX jobs_by_document; ALTER TABLE jobs DROP COLUMN collection;
                   ALTER TABLE jobs DROP COLUMN document;
                   DELETE FROM counters WHERE name = 'store_id'; PRAGMA user_version = 1`);
    database.close();
    writer = new SqliteWriter(folder.path, limits);
    expect(writer.cancelJobs({ collection: 'manual', document: 'other' }, null)).toEqual([]);
    expect(writer.cancelJobs({ collection: 'manual', document: 'férias' }, null)).toEqual(['old']);
  });
});
