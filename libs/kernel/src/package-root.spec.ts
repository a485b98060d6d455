import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageRoot } from './package-root';

describe('packageRoot', () => {
  const root = mkdtempSync(join(tmpdir(), 'acervo-root-'));
  afterAll(() => {
    rmSync(root, { recursive: true });
  });

  it('passes by the packages of others and stops at the nearest of ours', () => {
    const folder = join(root, 'dist/libs/foreign/src');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(root, 'package.json'), '{"name":"acervo"}');
    writeFileSync(join(root, 'dist/libs/foreign/package.json'), '{"name":"foreign"}');
    expect(packageRoot(folder)).toBe(root);
  });

  it('says so when there is none', () => {
    expect(() => packageRoot(tmpdir())).toThrow('package.json of acervo');
  });

  it('hides no damaged manifest', () => {
    const folder = join(root, 'damaged');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{');
    expect(() => packageRoot(folder)).toThrow(SyntaxError);
  });
});
