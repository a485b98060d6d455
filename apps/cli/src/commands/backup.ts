import { Command } from 'commander';

import { version } from '@acervo/api';
import { loadConfig, type AcervoConfig } from '@acervo/config';
import { callContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { renewPostgresStore } from '@acervo/store';

import { backUp } from '../backup/backup';
import type { BackupManifest } from '../backup/manifest';
import { restore } from '../backup/restore';

interface Options {
  readonly json?: true;
}

const databaseTimeoutMs = 60_000;

export function backupCommand(): Command {
  return new Command('backup')
    .description('copy DATA_DIR into a new folder, also while servers run')
    .argument('<folder>', 'empty, or made by this command')
    .option('--json', 'print the manifest')
    .action(async (folder: string, options: Options) => {
      const { config } = loadConfig();
      refusePostgres(config, 'pg_dump or base backups');
      report(await backUp(config.DATA_DIR, folder, version), `backed up to ${folder}`, options);
    });
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('put a backup into an empty DATA_DIR, before a server is started there')
    .argument('[folder]', 'as `acervo backup` made it')
    .option('--json', 'print the manifest')
    .option('--postgres', 'after a restore of DATABASE_URL by other means: nothing that caches kept counts any more')
    .action(async (folder: string | undefined, { postgres, ...options }: Options & { postgres?: true }) => {
      const { config } = loadConfig();
      if (postgres === true) {
        await renewDatabase(config);
        return;
      }
      if (folder === undefined) throw fail('BACKUP_REFUSED', 'Name the folder of a backup.');
      refusePostgres(config, 'pg_restore or your base backups, then `acervo restore --postgres`');
      report(await restore(folder, config.DATA_DIR), `restored to ${config.DATA_DIR}`, options);
    });
}

function refusePostgres({ STORE }: AcervoConfig, means: string): void {
  if (STORE !== 'postgres') return;
  const detail = `With STORE=postgres everything but caches is in the database: use ${means}. See the page about backups.`;
  throw fail('BACKUP_REFUSED', detail);
}

async function renewDatabase({ STORE, DATABASE_URL }: AcervoConfig): Promise<void> {
  if (STORE !== 'postgres' || DATABASE_URL === undefined) {
    throw fail('BACKUP_REFUSED', '--postgres is for STORE=postgres: set it, and DATABASE_URL.');
  }
  const collections = await renewPostgresStore(DATABASE_URL, Date.now(), callContext(databaseTimeoutMs));
  process.stdout.write(`${collections} collections go on from generations that no cache has seen\n`);
}

function report(manifest: BackupManifest, done: string, { json }: Options): void {
  const { collections, files, waitingJobs, createdAt } = manifest;
  const documents = collections.reduce((sum, one) => sum + one.documents, 0);
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20;
  const text = `${documents} documents in ${collections.length} collections and ${waitingJobs} waiting jobs of ${createdAt} ${done}: ${files.length} files, ${megabytes.toFixed(1)} MB`;
  process.stdout.write(`${json === true ? JSON.stringify(manifest, undefined, 2) : text}\n`);
}
