import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { AcervoConfig } from '@acervo/config';
import { fail } from '@acervo/problem';

export interface TargetOptions {
  readonly toStore: string;
  readonly toDatabaseUrl?: string;
  readonly toDatabaseUrlFile?: string;
  readonly toDataDir?: string;
  readonly toVectorIndex?: string;
  readonly toChromaUrl?: string;
}

type SourceConfig = Pick<AcervoConfig, 'STORE' | 'DATABASE_URL' | 'DATA_DIR' | 'VECTOR_INDEX' | 'CHROMA_URL'>;

/** What `acervo migrate` needs no cache for. */
const withoutCaches = { ENABLE_CACHE: 'false' };

/** @param scratch a folder that may be thrown away: for a target that keeps nothing in files */
export function targetSettings(
  options: TargetOptions,
  source: SourceConfig,
  scratch: string,
): Readonly<Record<string, string>> {
  const { toStore, toDataDir, toChromaUrl } = options;
  const vectorIndex = options.toVectorIndex ?? (toStore === 'postgres' ? 'pgvector' : 'embedded');
  const databaseUrl = options.toDatabaseUrl ?? fromFile(options.toDatabaseUrlFile);
  if (toStore === 'sqlite' && (toDataDir === undefined || isSameFolder(toDataDir, source))) {
    throw fail('REQUEST_INVALID', 'Give another folder than DATA_DIR as --to-data-dir: SQLite keeps its files there.');
  }
  if (toStore === 'postgres' && databaseUrl === undefined) {
    throw fail('REQUEST_INVALID', 'Give --to-database-url, or --to-database-url-file where others can see commands.');
  }
  if (toStore === 'postgres' && source.STORE === 'postgres' && source.DATABASE_URL === databaseUrl) {
    throw fail('REQUEST_INVALID', 'The target is the source: both are DATABASE_URL.');
  }
  const chromaUrl = toChromaUrl ?? source.CHROMA_URL;
  if (vectorIndex === 'chroma' && source.VECTOR_INDEX === 'chroma' && chromaUrl === source.CHROMA_URL) {
    throw fail(
      'REQUEST_INVALID',
      'Both sides would keep vectors in the same Chroma collections, under different keys: give another server as ' +
        '--to-chroma-url, or another --to-vector-index.',
    );
  }
  return {
    ...withoutCaches,
    STORE: toStore,
    VECTOR_INDEX: vectorIndex,
    DATA_DIR: toDataDir ?? scratch,
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    ...(vectorIndex === 'chroma' && chromaUrl !== undefined && { CHROMA_URL: chromaUrl }),
  };
}

function fromFile(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFileSync(path, 'utf8').trim();
}

function isSameFolder(folder: string, { STORE, DATA_DIR }: SourceConfig): boolean {
  return STORE === 'sqlite' && resolve(folder) === resolve(DATA_DIR);
}
