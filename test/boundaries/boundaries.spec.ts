import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

interface Cruise {
  readonly summary: {
    readonly violations: readonly Violation[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string; readonly comment: string }[] };
  };
}

const root = join(__dirname, '../..');

function cruise(directory: string, folders: readonly string[]): Cruise['summary'] {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const options = ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'];
  const { stdout, stderr } = spawnSync(process.execPath, [cruiser, ...options, ...folders], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    timeout: 60_000,
  });
  if (stdout === '') throw new Error(`dependency-cruiser did not run: ${stderr}`);
  return (JSON.parse(stdout) as Cruise).summary;
}

/** A fixture is named after the rule that it breaks: `rule.ts`, or `rule.child.ts` where the rule asks for a role. */
function ruleOf(file: string): string {
  return basename(file).split('.')[0] ?? '';
}

describe('the order of the rooms', () => {
  const { violations, ruleSetUsed } = cruise(join(__dirname, 'fixtures'), ['apps', 'libs']);

  it.each(ruleSetUsed.forbidden.map(({ name }) => name))('%s fires on its fixture, and no other rule does', (name) => {
    const rulesBroken = violations.filter(({ from }) => ruleOf(from) === name).map(({ rule }) => rule.name);
    expect(rulesBroken).toEqual([name]);
  });

  it('leaves everything else of the fixtures alone', () => {
    const names = new Set(ruleSetUsed.forbidden.map(({ name }) => name));
    expect(violations.filter(({ from }) => !names.has(ruleOf(from)))).toEqual([]);
  });

  it('says for each rule why it is there', () => {
    expect(ruleSetUsed.forbidden.filter(({ comment }) => comment.length < 40)).toEqual([]);
  });

  it('gives every room a layer', () => {
    const names = ruleSetUsed.forbidden.map(({ name }) => name);
    const rooms = ['apps', 'libs'].flatMap((folder) => readdirSync(join(root, folder)));
    const unplaced = rooms.filter((room) => room !== 'testing' && !names.includes(`never-upward-from-${room}`));
    expect(unplaced).toEqual([]);
  });

  it('is kept by the whole tree', () => {
    const broken = cruise(root, ['apps', 'libs', 'bin', 'tools', 'test']).violations;
    expect(broken.map(({ from, rule }) => `${rule.name}: ${from}`)).toEqual([]);
  });
});
