/**
 * Checks what the project is made of, and writes it down: `licences.csv`, `sbom.cdx.json` (CycloneDX, what is shipped)
 * and `audit.json`, where the registry answers questions about known weaknesses. Fails on a rule of lock-file.ts and on
 * a weakness that is high or critical.
 *
 * Usage: npm run supply-chain -- [FOLDER]   (default: .ci/artefacts)
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  findForbiddenLicences,
  findUncertain,
  findUnknownScripts,
  licencesOf,
  type LockedPackages,
} from './supply-chain/lock-file';

const root = join(__dirname, '..');
const timeoutMs = 120_000;

interface Audit {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
}

function main(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: LockedPackages;
  };
  const licences = licencesOf(packages);
  const rows = licences.map(({ name, version, licence, isDevelopment }) =>
    [name, version, licence, isDevelopment ? 'development' : 'shipped'].map((field) => `"${field}"`).join(','),
  );
  writeFileSync(join(folder, 'licences.csv'), `package,version,licence,use\n${rows.join('\n')}\n`);
  const shipped = licences.filter(({ isDevelopment }) => !isDevelopment).length;
  say(`licences: ${licences.length} packages, ${shipped} of them shipped`);
  writeSbom(join(folder, 'sbom.cdx.json'));
  const problems = [
    ...findUnknownScripts(packages),
    ...findUncertain(packages),
    ...findForbiddenLicences(licences),
    ...audit(join(folder, 'audit.json')),
  ];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

function writeSbom(file: string): void {
  const { stdout } = npm(['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--omit', 'dev']);
  const sbom = JSON.parse(stdout) as { metadata: { component: { name: string } }; components: unknown[] };
  // npm names it after the folder.
  sbom.metadata.component.name = 'acervo';
  writeFileSync(file, `${JSON.stringify(sbom, undefined, 2)}\n`);
  say(`sbom: ${sbom.components.length} components`);
}

/** A registry may not answer, which is said and is no failure. */
function audit(file: string): readonly string[] {
  const { stdout, stderr } = npm(['audit', '--omit', 'dev', '--json']);
  const { metadata } = parse(stdout);
  const found = metadata?.vulnerabilities;
  if (found === undefined) {
    say(`audit: NOT RUN, the registry gave no answer (${/audit (\d{3} .*?) - /.exec(stderr)?.[1] ?? 'no reason'})`);
    return [];
  }
  writeFileSync(file, stdout);
  say(`audit: ${JSON.stringify(found)}`);
  return ['high', 'critical'].flatMap((level) => {
    const count = found[level] ?? 0;
    return count > 0 ? [`${count} known weaknesses are ${level}: see ${file}`] : [];
  });
}

function parse(text: string): Audit {
  try {
    return JSON.parse(text) as Audit;
  } catch {
    return {};
  }
}

function npm(words: readonly string[]): { readonly stdout: string; readonly stderr: string } {
  const { stdout, stderr, error } = spawnSync('npm', [...words], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
    timeout: timeoutMs,
    env: { ...process.env, npm_config_loglevel: 'warn' },
  });
  if (error !== undefined) throw error;
  return { stdout, stderr };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv[2] ?? join(root, '.ci', 'artefacts'));
