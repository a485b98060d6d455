import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConsoleFiles } from './console-files';

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'acervo-console-'));
  await mkdir(join(folder, 'assets'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe('the files of the console', () => {
  it('are read once, with the codings that the build made', async () => {
    const folder = await folderWith({ 'index.html': '<p>', 'assets/a-1.js': 'a', 'assets/a-1.js.br': 'b' });
    const files = ConsoleFiles.load(folder);
    await writeFile(join(folder, 'assets/a-1.js'), 'changed');
    expect(files.index()?.type).toBe('text/html; charset=utf-8');
    const asset = files.asset('a-1.js');
    expect(asset?.bytes).toEqual({ identity: Buffer.from('a'), br: Buffer.from('b') });
  });

  it('are named by what the page names, and nothing else is one', async () => {
    const files = ConsoleFiles.load(
      await folderWith({ 'index.html': '<p>', 'assets/a-1.js': 'a', 'assets/notes.txt': 'n' }),
    );
    for (const name of ['notes.txt', 'a-1.js.br', '../index.html', '__proto__', ''])
      expect(files.asset(name)).toBeUndefined();
  });

  it('have another hash when they are other bytes', async () => {
    const [one, other] = await Promise.all(['<p>', '<b>'].map((text) => folderWith({ 'index.html': text })));
    expect(ConsoleFiles.load(one).index()?.hash).not.toBe(ConsoleFiles.load(other).index()?.hash);
  });

  it('are none where nothing was built', () => {
    const files = ConsoleFiles.load(join(tmpdir(), 'no-such-folder'));
    expect([files.index(), files.asset('a-1.js')]).toEqual([undefined, undefined]);
  });
});
