/** What package-lock.json says of every package, and the rules that it must keep. */

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
}

/** By folder, such as `node_modules/a/node_modules/b`; the project itself is ''. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

export interface Licence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly isDevelopment: boolean;
}

/**
 * Packages that bring a script which npm runs when it installs them, with what becomes of it. The image is built with
 * `npm ci --ignore-scripts`, so none of them may be needed there.
 */
const installScripts: Readonly<Record<string, string>> = {
  '@parcel/watcher': 'compiles where no binary is to be had; a watcher of the build that is not used',
  '@scarf/scarf': 'reports the installation to its maker; switched off by scarfSettings, and not wanted',
  '@swc/core': 'looks whether its binary fits; tests alone need it',
  'better-sqlite3':
    'fetches or compiles the binding for Node.js 20, which is the only one that needs its script (ADR 13)',
  'onnxruntime-node': 'fetches libraries for NVIDIA cards; switched off by .npmrc, and not needed',
  usearch: 'compiles where the package has no binary for the platform',
};

/** Named by SPDX. Those of the second list stay with the tools: nothing of them is shipped. */
const shipped = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'ISC', 'MIT'];
const alsoShipped = ['Python-2.0', 'Unlicense', 'Zlib'];
const forTools = ['CC-BY-4.0', 'MPL-2.0'];

/** Licences that a package does not name by SPDX, as its LICENSE file has them. */
const asRead: Readonly<Record<string, string>> = {
  busboy: 'MIT',
  duck: 'BSD-2-Clause',
  streamsearch: 'MIT',
  usearch: 'Apache-2.0',
};

function nameOf(location: string): string {
  return location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Packages whose script nobody has looked at, and entries above that no package needs any more. */
export function findUnknownScripts(packages: LockedPackages): readonly string[] {
  const found = new Set(entries(packages).flatMap(([name, { hasInstallScript }]) => (hasInstallScript ? [name] : [])));
  return [
    ...[...found]
      .filter((name) => !(name in installScripts))
      .map((name) => `${name} runs a script when it is installed`),
    ...Object.keys(installScripts)
      .filter((name) => !found.has(name))
      .map((name) => `${name} runs no script any more: take it off the list`),
  ];
}

/**
 * Packages of which it is not certain what is installed: from elsewhere than a registry, or without a checksum. A
 * binary for another platform has none when the registry did not carry it as the lock file was made (complete-lock.cjs).
 */
export function findUncertain(packages: LockedPackages): readonly string[] {
  return entries(packages)
    .filter(([, { resolved, integrity, optional, link }]) => {
      const isForeign = /^(git|github|file|http:)/.test(resolved ?? '') || link === true;
      return isForeign || (integrity === undefined && optional !== true);
    })
    .map(([name]) => `${name} is not pinned by a checksum of a registry`);
}

export function licencesOf(packages: LockedPackages): readonly Licence[] {
  const all = entries(packages)
    // A binary that could not be had has no manifest; it comes from the same project as its parent.
    .filter(([, { integrity, license }]) => integrity !== undefined || license !== undefined)
    .map(([name, { version = '', license, dev = false }]) => ({
      name,
      version,
      licence: asRead[name] ?? license ?? 'unknown',
      isDevelopment: dev,
    }));
  return all.sort((a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'));
}

export function findForbiddenLicences(licences: readonly Licence[]): readonly string[] {
  return licences
    .filter(({ licence, isDevelopment }) => {
      const allowed = [...shipped, ...alsoShipped, ...(isDevelopment ? forTools : [])];
      return !isAllowed(licence, new Set(allowed));
    })
    .map(({ name, version, licence }) => `${name}@${version} is under ${licence}`);
}

/** `A OR B` lets us choose, `A AND B` binds us to both. */
function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const choices = expression.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((one) => allowed.has(one.trim())));
}

function entries(packages: LockedPackages): readonly (readonly [string, LockedPackage])[] {
  return Object.entries(packages)
    .filter(([location]) => location !== '')
    .map(([location, entry]) => [nameOf(location), entry] as const);
}
