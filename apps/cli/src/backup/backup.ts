import { existsSync, linkSync, copyFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

import { fail } from '@acervo/problem';
import { copyDatabase, openDatabase } from '@acervo/sqlite';
import { copySqliteStore } from '@acervo/store';

import {
  companionFiles,
  copyFile,
  describeFile,
  isFree,
  ownerOnly,
  storeFile,
  sync,
  uploadsFolder,
  type BackupFile,
} from './backup-files';
import { writeManifest, type BackupManifest } from './manifest';

const holdPrefix = 'backup-';
/** What a backup that was killed left in the data folder. */
const abandonedAfterMs = 24 * 3_600_000;
const busyTimeoutMs = 30_000;

/**
 * Copies a data folder while servers work with it: the store with the contents of its waiting jobs as of one moment,
 * then conversations and keys, each as of a moment of its own. Caches and vectors are left out: they follow from the
 * store.
 *
 * @param release of this program, for the manifest
 * Errors: BACKUP_REFUSED, those of `copySqliteStore`, of SQLite and of the disk. What was written stays, without a
 * manifest.
 */
export async function backUp(dataFolder: string, to: string, release: string): Promise<BackupManifest> {
  await refuse(dataFolder, to);
  await mkdir(to, { recursive: true, mode: ownerOnly.folder });
  await removeAbandoned(dataFolder);
  const held = await mkdtemp(join(dataFolder, holdPrefix));
  try {
    const createdAt = new Date().toISOString();
    const copy = await copySqliteStore(dataFolder, to, (jobs) => {
      for (const job of jobs) hold(join(dataFolder, uploadsFolder, job), join(held, job));
    });
    const files = [await settle(to, storeFile)];
    for (const name of companionFiles) {
      if (!existsSync(join(dataFolder, name))) continue;
      await copyCompanion(join(dataFolder, name), join(to, name));
      files.push(await settle(to, name));
    }
    files.push(...(await copyUploads(held, join(to, uploadsFolder))));
    const { collections, openJobs } = copy;
    const manifest: BackupManifest = {
      format: 1,
      acervo: release,
      createdAt,
      collections: [...collections],
      waitingJobs: openJobs.length,
      files,
    };
    await writeManifest(to, manifest);
    return manifest;
  } finally {
    await rm(held, { recursive: true, force: true });
  }
}

async function refuse(dataFolder: string, to: string): Promise<void> {
  if (!existsSync(join(dataFolder, storeFile))) {
    throw fail('BACKUP_REFUSED', `There is nothing to back up in "${dataFolder}": set DATA_DIR to that of the server.`);
  }
  if (!(await isFree(to))) {
    throw fail('BACKUP_REFUSED', `"${to}" is not empty. Name a new folder for each backup.`);
  }
  const way = relative(resolve(dataFolder), resolve(to));
  if (!way.startsWith(`..${sep}`)) {
    throw fail('BACKUP_REFUSED', `"${to}" lies in the data folder, and would be lost with it. Name one elsewhere.`);
  }
}

/** A second name for the same bytes: the server may remove the first one. Where there are no links, a copy. */
function hold(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // Only jobs of ingestion have content.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    copyFileSync(from, to);
  }
}

async function copyCompanion(from: string, to: string): Promise<void> {
  const source = openDatabase(from, { fileMustExist: true, timeout: busyTimeoutMs });
  try {
    await copyDatabase(source, to);
  } finally {
    source.close();
  }
}

async function settle(folder: string, name: string): Promise<BackupFile> {
  await sync(join(folder, name));
  return await describeFile(join(folder, name), name);
}

async function copyUploads(held: string, to: string): Promise<readonly BackupFile[]> {
  const names = await readdir(held);
  if (names.length === 0) return [];
  await mkdir(to, { mode: ownerOnly.folder });
  const files: BackupFile[] = [];
  for (const name of names) files.push(await copyFile(join(held, name), join(to, name), `${uploadsFolder}/${name}`));
  await sync(to);
  return files;
}

async function removeAbandoned(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    if (!name.startsWith(holdPrefix)) continue;
    const { mtimeMs } = await stat(join(dataFolder, name));
    if (Date.now() - mtimeMs > abandonedAfterMs) await rm(join(dataFolder, name), { recursive: true, force: true });
  }
}
