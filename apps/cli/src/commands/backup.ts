import { Command } from 'commander';

import { version } from '@acervo/api';
import { loadConfig } from '@acervo/config';

import { backUp } from '../backup/backup';
import type { BackupManifest } from '../backup/manifest';
import { restore } from '../backup/restore';

interface Options {
  readonly json?: true;
}

export function backupCommand(): Command {
  return new Command('backup')
    .description('copy DATA_DIR into a new folder, also while servers run')
    .argument('<folder>', 'empty, or made by this command')
    .option('--json', 'print the manifest')
    .action(async (folder: string, options: Options) => {
      report(await backUp(loadConfig().config.DATA_DIR, folder, version), `backed up to ${folder}`, options);
    });
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('put a backup into an empty DATA_DIR, before a server is started there')
    .argument('<folder>', 'as `acervo backup` made it')
    .option('--json', 'print the manifest')
    .action(async (folder: string, options: Options) => {
      const { DATA_DIR } = loadConfig().config;
      report(await restore(folder, DATA_DIR), `restored to ${DATA_DIR}`, options);
    });
}

function report(manifest: BackupManifest, done: string, { json }: Options): void {
  const { collections, files, waitingJobs, createdAt } = manifest;
  const documents = collections.reduce((sum, one) => sum + one.documents, 0);
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20;
  const text = `${documents} documents in ${collections.length} collections and ${waitingJobs} waiting jobs of ${createdAt} ${done}: ${files.length} files, ${megabytes.toFixed(1)} MB`;
  process.stdout.write(`${json === true ? JSON.stringify(manifest, undefined, 2) : text}\n`);
}
