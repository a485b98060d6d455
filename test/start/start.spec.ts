import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const program = `
import { code } from './code';
if (process.argv[2] === 'exit') process.exitCode = Number(process.argv[3] ?? code);
else {
  const alive = setInterval(() => undefined, 1_000);
  process.on('SIGTERM', () => { console.log('told to stop'); clearInterval(alive); });
  console.log('serving');
}
`;

let checkout: string;

interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env, npm_command: undefined };
  return spawn(process.execPath, [join(checkout, 'bin/acervo.cjs'), ...args], { cwd: checkout, env });
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<Run> {
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  return await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (exitCode) => {
      resolve({ exitCode, stdout, stderr });
    });
  });
}

async function untilServing(child: ChildProcessWithoutNullStreams): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => {
      reject(new Error('ended before it served'));
    });
    child.stdout.on('data', (part: Buffer) => {
      if (part.includes('serving')) resolve();
    });
  });
}

function writeSource(name: string, text: string): void {
  writeFileSync(join(checkout, 'apps/cli/src', name), text);
}

function writeConsole(text: string): void {
  writeFileSync(join(checkout, 'apps/console/index.html'), `<!doctype html><title>Console</title>${text}`);
}

const countBuilds = (...runs: Run[]): number => runs.filter(({ stderr }) => stderr.includes('Building Acervo')).length;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'acervo-start-'));
  for (const name of ['bin', 'package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(root, name), join(checkout, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  mkdirSync(join(checkout, 'libs'));
  mkdirSync(join(checkout, 'apps/cli/src'), { recursive: true });
  writeSource('main.ts', program);
  writeSource('code.ts', 'export const code = 7;\n');
  mkdirSync(join(checkout, 'apps/console'));
  writeConsole('<p>one</p>');
});

afterAll(() => {
  rmSync(checkout, { recursive: true, force: true });
});

describe('bin/acervo.cjs in a checkout', () => {
  it('builds once when several processes start at once, and each runs and passes its exit code on', async () => {
    const runs = await Promise.all([ended(start('exit', '3')), ended(start('exit', '4')), ended(start('exit'))]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([3, 4, 7]);
    expect(countBuilds(...runs)).toBe(1);
    expect(readdirSync(join(checkout, '.build'))).toEqual([]);
  }, 60_000);

  it('starts without a build, and prints nothing of its own, while the sources stay the same', async () => {
    expect(await ended(start('exit', '0'))).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('ends with what the compiler says when the sources do not compile, and keeps the last build', async () => {
    writeSource('code.ts', "export const code: number = 'seven';\n");
    const run = await ended(start('exit', '0'));
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain("Type 'string' is not assignable to type 'number'");
    expect(existsSync(join(checkout, 'dist/apps/cli/src/main.js'))).toBe(true);
  }, 60_000);

  it('ends with what the bundler says when the console does not bundle, and keeps the last build', async () => {
    writeSource('code.ts', 'export const code = 7;\n');
    writeConsole('<script type="module" src="./missing.ts"></script>');
    const run = await ended(start('exit'));
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('missing.ts');
    expect(readFileSync(join(checkout, 'dist/apps/console/index.html'), 'utf8')).toContain('one');
    writeConsole('<p>two</p>');
    expect((await ended(start('exit'))).exitCode).toBe(7);
    expect(readFileSync(join(checkout, 'dist/apps/console/index.html'), 'utf8')).toContain('two');
  }, 60_000);

  it('builds again after a change', async () => {
    writeSource('code.ts', 'export const code = 9;\n');
    const run = await ended(start('exit'));
    expect(run.exitCode).toBe(9);
    expect(countBuilds(run)).toBe(1);
  }, 60_000);

  it('gives SIGTERM to the program', async () => {
    const child = start('serve');
    const end = ended(child);
    await untilServing(child);
    child.kill('SIGTERM');
    expect(await end).toEqual({ exitCode: 0, stdout: 'serving\ntold to stop\n', stderr: '' });
  });

  it('stops when the shell that npx put in between is killed', async () => {
    const command = `"${process.execPath}" bin/acervo.cjs serve; exit 1`;
    const shell = spawn('sh', ['-c', command], { cwd: checkout, env: { ...process.env, npm_command: 'exec' } });
    const end = ended(shell);
    await untilServing(shell);
    shell.kill('SIGKILL');
    // The pipe closes only when the program behind the shell has ended too.
    expect((await end).stdout).toBe('serving\ntold to stop\n');
  });
});
