import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { fail } from '@acervo/problem';
import { renewSqliteStore } from '@acervo/store';

import { copyFile, isFree, ownerOnly, storeFile, sync, uploadsFolder } from './backup-files';
import { readManifest, type BackupManifest } from './manifest';

/** Beside its place until all of it is whole: a restore that is killed leaves no folder that would serve. */
const stagingFolder = 'restoring';

/**
 * Puts a backup into an empty data folder. Every file is checked on its way; the generations of all collections go
 * ahead of everything that was ever served, so that no cache outside takes an answer of the time after the backup for
 * a current one.
 *
 * Errors: BACKUP_REFUSED (the folder is not empty), BACKUP_DAMAGED, STORE_NEWER, those of the disk. The data folder is
 * as empty as before then.
 */
export async function restore(from: string, dataFolder: string): Promise<BackupManifest> {
  const manifest = await readManifest(from);
  if (!(await isFree(dataFolder))) {
    const detail = `"${dataFolder}" is not empty. Move what it holds aside, or set DATA_DIR to a new folder: a restore replaces nothing.`;
    throw fail('BACKUP_REFUSED', detail);
  }
  const staging = join(dataFolder, stagingFolder);
  await mkdir(staging, { recursive: true, mode: ownerOnly.folder });
  try {
    for (const file of manifest.files) await copyChecked(from, staging, file);
    renewSqliteStore(staging, Date.now());
    await putInPlace(staging, dataFolder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return manifest;
}

async function copyChecked(from: string, to: string, expected: BackupManifest['files'][number]): Promise<void> {
  const { path, bytes, sha256 } = expected;
  await mkdir(dirname(join(to, path)), { recursive: true, mode: ownerOnly.folder });
  const found = await copyFile(join(from, path), join(to, path), path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw fail('BACKUP_DAMAGED', `${path} is missing from the backup in "${from}".`, { path }, error);
  });
  if (found.bytes === bytes && found.sha256 === sha256) return;
  throw fail('BACKUP_DAMAGED', `${path} in "${from}" has changed since the backup was made.`, { path });
}

/** The store last: without it a server would begin an empty one, and with it everything else is there. */
async function putInPlace(staging: string, dataFolder: string): Promise<void> {
  const names = (await readdir(staging)).filter((name) => name === uploadsFolder || name.endsWith('.db'));
  names.sort((a, b) => Number(a === storeFile) - Number(b === storeFile));
  await sync(join(staging, storeFile));
  for (const name of names) await rename(join(staging, name), join(dataFolder, name));
  await sync(dataFolder);
}
