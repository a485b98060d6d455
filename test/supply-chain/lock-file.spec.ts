import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  findForbiddenLicences,
  findUncertain,
  findUnknownScripts,
  licencesOf,
  type LockedPackage,
  type LockedPackages,
} from '../../tools/supply-chain/lock-file';

const lock = JSON.parse(readFileSync(join(__dirname, '../../package-lock.json'), 'utf8')) as {
  packages: LockedPackages;
};

function withPackage(entry: LockedPackage): LockedPackages {
  const good = { version: '1.0.0', license: 'MIT', integrity: 'sha512-x' };
  return { ...lock.packages, 'node_modules/a/node_modules/@new/one': { ...good, ...entry } };
}

describe('the lock file', () => {
  it('brings no install script that nobody has looked at', () => {
    expect(findUnknownScripts(lock.packages)).toEqual([]);
    expect(findUnknownScripts(withPackage({ hasInstallScript: true }))).toEqual([
      '@new/one runs a script when it is installed',
    ]);
    const others = Object.fromEntries(Object.entries(lock.packages).filter(([place]) => !place.endsWith('/usearch')));
    expect(findUnknownScripts(others)).toEqual(['usearch runs no script any more: take it off the list']);
  });

  it('pins every package by a checksum of a registry', () => {
    expect(findUncertain(lock.packages)).toEqual([]);
    expect(findUncertain(withPackage({ resolved: 'git+ssh://git@example.org/x.git#1' }))).toHaveLength(1);
    const unsealed = { version: '1.0.0', license: 'MIT' };
    expect(findUncertain({ 'node_modules/x': unsealed })).toHaveLength(1);
    expect(findUncertain({ 'node_modules/x': { ...unsealed, optional: true } })).toEqual([]);
  });

  it('holds licences that allow what is done with the packages', () => {
    expect(findForbiddenLicences(licencesOf(lock.packages))).toEqual([]);
  });

  it.each([
    ['GPL-3.0-only', false, 1],
    ['(MIT OR GPL-3.0-or-later)', false, 0],
    ['MIT AND GPL-3.0-or-later', false, 1],
    ['(MIT AND Zlib)', false, 0],
    ['MPL-2.0', false, 1],
    ['MPL-2.0', true, 0],
    ['SEE LICENSE IN LICENSE.txt', true, 1],
  ])('finds with %s, for development: %s, %i to forbid', (license, dev, count) => {
    expect(findForbiddenLicences(licencesOf(withPackage({ license, dev })))).toHaveLength(count);
  });

  it('does not take a package without a licence for a free one', () => {
    const nameless = { 'node_modules/x': { version: '1.0.0', integrity: 'sha512-x' } };
    expect(findForbiddenLicences(licencesOf(nameless))).toEqual(['x@1.0.0 is under unknown']);
  });
});
