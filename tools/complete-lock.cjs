/**
 * Completes package-lock.json. Run it after `npm install NAME`; with --check it changes nothing and fails when there is
 * something to do.
 *
 * It adds what npm leaves out: binaries for other platforms that the registry at hand did not carry when the lock was
 * made. `npm ci` compares the lock with every optional dependency and refuses one with gaps, on any platform. An added
 * entry holds the exact version that its parent asks for and the platform that its name says, and no integrity hash.
 * It fails on a gap that it cannot fill.
 *
 * And it writes the amendments below into the entries of packages that npm would otherwise compile in vain.
 */
'use strict';

const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const amendments = {
  // npm skips an optional package, with all that only it needs, where `engines` in the lock does not fit. This one is
  // compiled for a minute or two where no prebuilt binary can be had, and only Node.js 20 loads it (ADR 13).
  'node_modules/better-sqlite3': { engines: { node: '20.x' } },
  // Its package.json says so too, but npm forgets it in the lock, and `npm ci` would ask for a compiler and headers.
  'node_modules/better-sqlite3-node-api': { gypfile: false },
};

const path = join(__dirname, '../package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const changes = [];

for (const [location, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(location, name)) continue;
    lock.packages[`node_modules/${name}`] = missingEntry(name, version, entry.dev === true);
    changes.push(`added ${name}@${version}`);
  }
}

for (const [location, amendment] of Object.entries(amendments)) {
  const entry = lock.packages[location];
  if (entry === undefined) throw new Error(`${location} is amended here, but is not locked`);
  const amended = { ...entry, ...amendment };
  if (JSON.stringify(amended) === JSON.stringify(entry)) continue;
  lock.packages[location] = amended;
  changes.push(`amended ${location}`);
}

process.stdout.write(changes.length === 0 ? 'package-lock.json is complete.\n' : `${changes.join('\n')}\n`);
if (changes.length > 0) {
  if (process.argv.includes('--check')) {
    process.stderr.write('package-lock.json is not complete: run "npm run lock".\n');
    process.exitCode = 1;
  } else {
    const [root, ...rest] = Object.entries(lock.packages);
    lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => a.localeCompare(b, 'en'))]);
    writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  }
}

/** As Node looks for a package: beside its parent, then in each folder above. */
function isLocked(location, name) {
  for (let folder = location; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

function missingEntry(name, version, isDev) {
  const os = /\b(android|darwin|freebsd|linux|openharmony|win32)\b/.exec(name)?.[1];
  const cpu = /\b(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)\b/.exec(name)?.[1];
  const libc = /\b(musl|gnu)/.exec(name)?.[1];
  if (!/^\d+\.\d+\.\d+$/.test(version) || os === undefined || cpu === undefined) {
    throw new Error(`${name}@${version} is not locked, and its name does not say for which platform it is`);
  }
  return {
    version,
    cpu: [cpu],
    ...(isDev && { dev: true }),
    ...(os === 'linux' && libc !== undefined && { libc: [libc === 'gnu' ? 'glibc' : 'musl'] }),
    optional: true,
    os: [os],
  };
}
