/**
 * Adds to package-lock.json what npm leaves out of it: binaries for other platforms that the registry at hand did not
 * carry when the lock was made. `npm ci` compares the lock with every optional dependency and refuses one with gaps,
 * on any platform. An added entry holds the exact version that its parent asks for and the platform that its name
 * says, and no integrity hash. Run it after `npm install NAME`; it fails on a gap that it cannot fill.
 */
'use strict';

const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const path = join(__dirname, '../package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const added = [];

for (const [location, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(location, name)) continue;
    lock.packages[`node_modules/${name}`] = missingEntry(name, version, entry.dev === true);
    added.push(`${name}@${version}`);
  }
}

if (added.length > 0) {
  const [root, ...rest] = Object.entries(lock.packages);
  lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => a.localeCompare(b, 'en'))]);
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}
process.stdout.write(added.length === 0 ? 'package-lock.json is complete.\n' : `added:\n${added.join('\n')}\n`);

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
