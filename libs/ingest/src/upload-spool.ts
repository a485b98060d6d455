/**
 * Accepted content waits here, on disk, until its job ends. A file carries the id of its job, so that what no job
 * needs any more is found at start. Files under way to acceptance are called `incoming-…`.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const incomingPrefix = 'incoming-';
const jobId = /^[\w-]{1,64}$/;

export class UploadSpool {
  constructor(readonly directory: string) {}

  async prepare(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
  }

  /** A name for content that is not accepted yet. */
  newIncomingName(): string {
    return `${incomingPrefix}${randomUUID()}`;
  }

  /** Writes text as UTF-8 under an incoming name; gives the path. Errors: those of the disk (ENOSPC …). */
  async writeIncoming(text: string): Promise<string> {
    const path = join(this.directory, this.newIncomingName());
    try {
      const file = await open(path, 'wx');
      try {
        await file.writeFile(text);
      } finally {
        await file.close();
      }
      return path;
    } catch (error) {
      await this.discard(path);
      throw error;
    }
  }

  /** Makes an incoming file the content of a job: when it resolves, the content survives a loss of power. */
  async accept(incoming: string, id: string): Promise<void> {
    const file = await open(incoming, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(incoming, this.pathOf(id));
    const folder = await open(this.directory, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  pathOf(id: string): string {
    if (!jobId.test(id)) throw new Error('A job id holds letters, digits, `_` and `-` only.');
    return join(this.directory, id);
  }

  async remove(id: string): Promise<void> {
    await this.discard(this.pathOf(id));
  }

  async discard(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /**
   * Removes what no job needs; gives the number of files removed.
   *
   * @param graceMs younger files are left alone: another server that shares the folder may be accepting them. Without
   * it nothing may be on its way in meanwhile.
   */
  async sweep(isNeeded: (id: string) => Promise<boolean>, graceMs = 0): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      if (graceMs > 0 && (await this.isYounger(path, graceMs))) continue;
      if (!name.startsWith(incomingPrefix) && jobId.test(name) && (await isNeeded(name))) continue;
      await this.discard(path);
      removed += 1;
    }
    return removed;
  }

  /** Also true of a file that is gone: whoever took it away knows why. */
  private async isYounger(path: string, ageMs: number): Promise<boolean> {
    try {
      return Date.now() - (await stat(path)).mtimeMs < ageMs;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
  }
}
