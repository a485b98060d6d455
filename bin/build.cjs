/**
 * Compiles apps/ and libs/ into dist/, and bundles the console beside them: whole or not at all.
 *
 * Several processes may start in one checkout at once, and a server may be running from dist/ meanwhile. So each
 * build writes a folder of its own and renames it into place; whoever comes last wins, and both builds are right.
 * The lock only saves work: who finds one waits for that build instead of doing it again. A lock whose owner is gone,
 * or that is older than a build can be, does not count.
 */
'use strict';

const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { join } = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');

const root = join(__dirname, '..');
const dist = join(root, 'dist');
const workshop = join(root, '.build');
const lock = join(workshop, 'lock');
const stampName = '.sources';
const usualSeconds = 10;
const longestBuildMs = 5 * 60_000;
const isBuilt = (path) =>
  (path.endsWith('.ts') || (path.startsWith('console/') && /\.(tsx|css|html|svg|mjs|json)$/.test(path))) &&
  !/\.(spec|e2e-spec|contract|fixture)\.ts$/.test(path) &&
  !/(^|\/)(contract|testing)\//.test(path);

/** False in an installed or packed copy, which holds dist/ but neither sources nor a compiler. */
function canBuild() {
  const needed = ['apps/cli/src/main.ts', 'node_modules/@nestjs/cli', 'node_modules/typescript', 'node_modules/vite'];
  return needed.every((path) => fs.existsSync(join(root, path)));
}

/** Names, sizes and times of what a build reads: also sees deleted and moved files. A few ms for 300 files. */
function sourcesStamp() {
  const hash = createHash('sha256');
  for (const folder of ['apps', 'libs']) {
    const files = fs.readdirSync(join(root, folder), { recursive: true }).filter(isBuilt).sort();
    for (const file of files) addFile(hash, join(folder, file));
  }
  for (const file of ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json']) addFile(hash, file);
  return hash.digest('hex');
}

function addFile(hash, path) {
  const status = fs.statSync(join(root, path), { throwIfNoEntry: false });
  if (status !== undefined) hash.update(`${path}\0${status.size}\0${status.mtimeMs}\n`);
}

function isCurrent() {
  try {
    return fs.readFileSync(join(dist, stampName), 'utf8') === sourcesStamp();
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Builds unless dist/ is current, or `force`. Resolves to false, after printing why, when the build failed. */
async function build({ force = false } = {}) {
  fs.mkdirSync(workshop, { recursive: true });
  const isOwner = await takeLock();
  try {
    if (!force && isCurrent()) return true;
    process.stderr.write(`Building Acervo (once, about ${usualSeconds} s)…\n`);
    return await compileAndSwap();
  } finally {
    if (isOwner) fs.rmSync(lock, { force: true });
  }
}

async function takeLock() {
  const giveUpAt = Date.now() + longestBuildMs;
  let isWaiting = false;
  while (Date.now() < giveUpAt) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isLockStale()) {
      fs.rmSync(lock, { force: true });
      continue;
    }
    if (!isWaiting) process.stderr.write('Another process is building Acervo: waiting for it…\n');
    isWaiting = true;
    await delay(200);
  }
  return false;
}

function isLockStale() {
  const status = fs.statSync(lock, { throwIfNoEntry: false });
  if (status === undefined) return false;
  if (Date.now() - status.mtimeMs > longestBuildMs) return true;
  try {
    const owner = Number(fs.readFileSync(lock, 'utf8'));
    if (owner > 0) process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

async function compileAndSwap() {
  removeAbandoned();
  const stamp = sourcesStamp();
  const own = join(workshop, `run-${process.pid}`);
  const cleanUp = () => fs.rmSync(own, { recursive: true, force: true });
  try {
    fs.mkdirSync(own);
    fs.writeFileSync(
      join(own, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.build.json', compilerOptions: { outDir: './next' } }),
    );
    const tsconfig = join('.build', `run-${process.pid}`, 'tsconfig.json');
    const nest = require.resolve('@nestjs/cli/bin/nest.js');
    const parts = await runAll(
      [
        [nest, 'build', 'cli', '--path', tsconfig],
        [viteProgram(), 'build', 'apps/console', '--outDir', join(own, 'next', 'apps', 'console')],
      ],
      cleanUp,
    );
    const broken = parts.filter(({ code }) => code !== 0);
    if (broken.length > 0) {
      const output = broken.map((part) => part.output).join('\n');
      process.stderr.write(`${output}\nThe build failed: dist/ was left as it was.\n`);
      return false;
    }
    fs.writeFileSync(join(own, 'next', stampName), stamp);
    swap(join(own, 'next'), join(own, 'old'));
    return true;
  } finally {
    cleanUp();
  }
}

/** Vite exports nothing but its API: the program is found by the manifest. */
function viteProgram() {
  const manifest = require.resolve('vite/package.json');
  return join(manifest, '..', require(manifest).bin.vite);
}

/** Node programs beside each other, in the root of the checkout; a signal ends all of them, and this process. */
async function runAll(commands, cleanUp) {
  const children = commands.map((command) => spawn(process.execPath, command, { cwd: root }));
  const onSignal = (signal) => {
    for (const child of children) child.kill(signal);
    cleanUp();
    fs.rmSync(lock, { force: true });
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await Promise.all(children.map(ended));
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function ended(child) {
  let output = '';
  const collect = (part) => (output = (output + part).slice(-100_000));
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  return await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, output }));
  });
}

/** A folder cannot replace another in one step: the old one steps aside, and another build may be doing the same. */
function swap(next, old) {
  for (;;) {
    try {
      fs.renameSync(dist, old);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    try {
      fs.renameSync(next, dist);
      return;
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      fs.rmSync(old, { recursive: true, force: true });
    }
  }
}

/** Folders of builds that were killed. */
function removeAbandoned() {
  for (const name of fs.readdirSync(workshop)) {
    const path = join(workshop, name);
    const status = fs.statSync(path, { throwIfNoEntry: false });
    if (name.startsWith('run-') && status !== undefined && Date.now() - status.mtimeMs > longestBuildMs) {
      fs.rmSync(path, { recursive: true, force: true });
    }
  }
}

module.exports = { build, canBuild, isCurrent };

if (require.main === module) {
  void build({ force: true }).then((isOk) => {
    process.exitCode = isOk ? 0 : 1;
  });
}
