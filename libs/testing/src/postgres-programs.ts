import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where test/postgres/install.sh puts them. */
const installed = join(__dirname, '..', '..', '..', 'node_modules', '.cache', 'acervo-postgres');

export const isPostgresInstalled = existsSync(join(installed, 'pginstall', 'bin', 'postgres'));

/** Postgres refuses to run as root. */
const account =
  process.getuid?.() === 0 ? { uid: numberOf('id', ['-u', 'nobody']), gid: numberOf('id', ['-g', 'nobody']) } : {};

let home: string | undefined;
let template: string | undefined;

/** A folder in the temporary one that the server's account owns. */
export function makeServerFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'acervo-postgres-'));
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid);
  return folder;
}

/** Runs a program of Postgres to its end. Throws with what it said when it fails. */
export function runPostgresProgram(name: string, options: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(programOf(name), options, {
    ...{ ...account, cwd: tmpdir(), encoding: 'utf8', timeout: 60_000 },
  });
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}${stdout}`);
  return stdout.trim();
}

export function spawnPostgres(options: readonly string[]): ChildProcess {
  const how: SpawnOptions = { ...account, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] };
  return spawn(programOf('postgres'), options, how);
}

/** Puts an empty cluster into `folder`: a copy of the one that the first call on this machine made. */
export function makeCluster(folder: string): void {
  template ??= makeTemplate();
  const { status, stderr } = spawnSync('cp', ['-a', template, folder], { ...account, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The cluster could not be copied: ${stderr}`);
}

function makeTemplate(): string {
  const kept = join(tmpdir(), `acervo-postgres-template-16-${account.uid ?? process.getuid?.() ?? 0}`);
  if (existsSync(kept)) return kept;
  const folder = makeServerFolder();
  const made = join(folder, 'cluster');
  const options = ['--no-sync', '--locale=C.UTF-8', '--encoding=UTF8', '--auth=trust', '--username=acervo'];
  runPostgresProgram('initdb', [...options, '--pgdata', made]);
  try {
    renameSync(made, kept);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(kept)) throw error;
  }
  rmSync(folder, { recursive: true, force: true });
  return kept;
}

/** As the server's account may run it: a checkout below a home folder is closed to others, so it is copied. */
function programOf(name: string): string {
  home ??= reachableHome();
  return join(home, 'bin', name);
}

function reachableHome(): string {
  const own = realpathSync(join(installed, 'pginstall'));
  if (spawnSync(join(own, 'bin', 'postgres'), ['--version'], { ...account, cwd: tmpdir() }).status === 0) return own;
  const copy = join(makeServerFolder(), 'programs');
  cpSync(realpathSync(installed), copy, { recursive: true, verbatimSymlinks: true });
  process.once('exit', () => {
    rmSync(join(copy, '..'), { recursive: true, force: true });
  });
  return join(copy, 'pginstall');
}

function numberOf(program: string, options: readonly string[]): number {
  return Number(spawnSync(program, options, { encoding: 'utf8' }).stdout);
}
