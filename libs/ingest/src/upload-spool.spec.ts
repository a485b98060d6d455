import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { UploadSpool } from './upload-spool';

const hourMs = 3_600_000;

describe('UploadSpool.sweep', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'acervo-spool-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  async function put(name: string, ageMs: number): Promise<void> {
    const at = new Date(Date.now() - ageMs);
    await writeFile(join(directory, name), 'content');
    await utimes(join(directory, name), at, at);
  }

  const isNeeded = async (id: string): Promise<boolean> => Promise.resolve(id === 'needed');

  it('removes what no job needs and what was never accepted', async () => {
    for (const name of ['needed', 'ended', 'incoming-1']) await put(name, 0);
    expect(await new UploadSpool(directory).sweep(isNeeded)).toBe(2);
    expect(await readdir(directory)).toEqual(['needed']);
  });

  it('leaves what another server of the folder may be accepting', async () => {
    for (const age of [hourMs / 2, hourMs * 2]) {
      for (const name of [`needed`, `ended-${age}`, `incoming-${age}`]) await put(name, age);
    }
    expect(await new UploadSpool(directory).sweep(isNeeded, hourMs)).toBe(2);
    expect((await readdir(directory)).sort()).toEqual([`ended-${hourMs / 2}`, `incoming-${hourMs / 2}`, 'needed']);
  });
});
