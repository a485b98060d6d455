/** The files of a backup: what each may be called, and that each is whole and on the disk. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export const storeFile = 'acervo.db';
/** Databases that other rooms keep beside the store; a data folder need not have them. */
export const companionFiles = ['keys.db', 'conversations.db'] as const;
export const uploadsFolder = 'uploads';

/** Nobody but the owner reads what holds documents and hashes of keys. */
export const ownerOnly = { file: 0o600, folder: 0o700 } as const;

export interface BackupFile {
  /** Relative to the backup, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** A manifest comes from outside: no path of it may lead elsewhere, or to what a backup does not hold. */
export const backupPath = /^(?:acervo\.db|keys\.db|conversations\.db|uploads\/[\w-]{1,64})$/;

/** Reads a file once; about 1 s a gigabyte. */
export async function describeFile(file: string, path: string): Promise<BackupFile> {
  const measure = new Measure();
  await pipeline(createReadStream(file), measure.resume());
  return { path, ...measure.result() };
}

/** Copies a file to one that does not exist yet, until it is on the disk. */
export async function copyFile(from: string, to: string, path: string): Promise<BackupFile> {
  const measure = new Measure();
  await pipeline(createReadStream(from), measure, createWriteStream(to, { flags: 'wx', mode: ownerOnly.file }));
  await sync(to);
  return { path, ...measure.result() };
}

/** A file, or a folder's list of names. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** True where there is nothing, or an empty folder. A fresh volume has `lost+found`. */
export async function isFree(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).every((name) => name === 'lost+found');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

class Measure extends Transform {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  override _transform(part: Buffer, _encoding: string, done: (error: null, part: Buffer) => void): void {
    this.hash.update(part);
    this.bytes += part.byteLength;
    done(null, part);
  }

  result(): { readonly bytes: number; readonly sha256: string } {
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }
}
