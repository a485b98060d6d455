/**
 * Entry of the writer thread and of the reader threads: one method of SqliteWriter or SqliteReader a task.
 * A connection that could not be opened is tried again with the next task, so a mended folder needs no restart.
 */
import { workerData } from 'node:worker_threads';

import { toWireError, type WireError } from '@acervo/kernel';

import type { Connection } from './connection';
import type { JobLimits } from '../relational/job-row';
import { JobTable } from './job-table';
import { toStoreError } from './sqlite-error';
import { SqliteReader } from './sqlite-reader';
import { SqliteWriter } from './sqlite-writer';

export interface SqliteThreadOptions {
  readonly role: 'writer' | 'reader';
  readonly directory: string;
  readonly jobLimits: JobLimits;
}

export interface SqliteTask {
  readonly method: string;
  readonly args: readonly unknown[];
}

export type SqliteReply = { readonly value: unknown } | { readonly error: WireError };

type Operations = Record<string, (...args: readonly unknown[]) => unknown>;

const { role, directory, jobLimits } = workerData as SqliteThreadOptions;
let operations: SqliteWriter | SqliteReader | undefined;

function open(): SqliteWriter | SqliteReader {
  return role === 'writer'
    ? new SqliteWriter(directory, jobLimits)
    : new SqliteReader(directory, (connection: Connection) => new JobTable(connection, jobLimits));
}

export default function runTask({ method, args }: SqliteTask): SqliteReply {
  try {
    if (method === 'close') {
      operations?.close();
      operations = undefined;
      return { value: undefined };
    }
    operations ??= open();
    const operation = (operations as unknown as Operations)[method];
    if (operation === undefined) throw new Error(`The ${role} thread has no operation "${method}".`);
    return { value: operation.apply(operations, [...args]) };
  } catch (error) {
    return { error: toWireError(toStoreError(error, directory)) };
  }
}
