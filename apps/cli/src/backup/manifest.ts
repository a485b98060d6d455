/** `manifest.json`, written last: a folder without it is no backup. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fail } from '@acervo/problem';
import { z } from 'zod';

import { backupPath, ownerOnly, storeFile, sync } from './backup-files';

const manifestFile = 'manifest.json';

const manifestSchema = z.object({
  format: z.literal(1),
  /** Release that made it. */
  acervo: z.string(),
  createdAt: z.iso.datetime(),
  collections: z.array(z.object({ name: z.string(), generation: z.int(), documents: z.int() })),
  waitingJobs: z.int(),
  files: z
    .array(
      z.object({
        path: z.string().regex(backupPath),
        bytes: z.int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .refine((files) => files.some(({ path }) => path === storeFile), `there is no ${storeFile}`),
});

export type BackupManifest = Readonly<z.infer<typeof manifestSchema>>;

/** The backup is complete once this resolves. */
export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const draft = join(folder, `${manifestFile}.new`);
  await writeFile(draft, `${JSON.stringify(manifest, undefined, 2)}\n`, { flag: 'wx', mode: ownerOnly.file });
  await sync(draft);
  await rename(draft, join(folder, manifestFile));
  await sync(folder);
}

/** Errors: BACKUP_DAMAGED when the folder is no backup that was completed, or one of a later form. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, manifestFile), 'utf8')));
  } catch (error) {
    const detail = `"${folder}" is no complete backup: ${manifestFile} is missing or cannot be read. Use a folder that \`acervo backup\` has finished, with this release or a newer one.`;
    throw fail('BACKUP_DAMAGED', detail, {}, error);
  }
}
