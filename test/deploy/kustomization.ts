/**
 * Puts a kustomization together as kustomize does, for the fields that ours use, so that what comes out can be checked
 * where kustomize is not installed. A field that it does not know is an error.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly namespace?: string;
  readonly images?: readonly { readonly name: string; readonly newName?: string; readonly newTag?: string }[];
  readonly patches?: readonly {
    readonly target: { readonly kind: string; readonly name: string };
    readonly patch: string;
  }[];
}

const known = new Set(['apiVersion', 'kind', 'resources', 'namespace', 'images', 'patches']);

/** @param path of a folder with a kustomization.yaml, or of a file with objects */
export function buildKustomization(path: string): readonly KubernetesObject[] {
  if (statSync(path).isFile()) return readObjects(path);
  const kustomization = parse(readFileSync(join(path, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(kustomization).filter((field) => !known.has(field));
  if (unknown.length > 0) throw new Error(`${path} uses ${unknown.join(', ')}, which is not known here.`);
  const objects = (kustomization.resources ?? []).flatMap((resource) => buildKustomization(join(path, resource)));
  for (const object of objects) {
    const { namespace } = kustomization;
    if (namespace !== undefined && object.kind !== 'Namespace') object.metadata.namespace = namespace;
    for (const container of containersOf(object)) container.image = rename(container.image, kustomization);
  }
  for (const { target, patch } of kustomization.patches ?? []) {
    const found = objects.filter(({ kind, metadata }) => kind === target.kind && metadata.name === target.name);
    if (found.length === 0) throw new Error(`${path} patches ${target.kind} ${target.name}, which is not there.`);
    for (const object of found) applyPatch(object, parse(patch) as readonly Operation[]);
  }
  return objects;
}

export function readObjects(file: string): readonly KubernetesObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubernetesObject);
}

interface Container {
  image: string;
}

function containersOf(object: KubernetesObject): readonly Container[] {
  const spec = object['spec'] as { template?: { spec?: { containers?: Container[] } } } | undefined;
  return spec?.template?.spec?.containers ?? [];
}

function rename(image: string, { images = [] }: Kustomization): string {
  const [name = '', tag = ''] = image.split(':');
  const change = images.find((one) => one.name === name);
  return change === undefined ? image : `${change.newName ?? name}:${change.newTag ?? tag}`;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

/** RFC 6902, for `replace` of what is there and `add` of what is not. */
function applyPatch(object: KubernetesObject, operations: readonly Operation[]): void {
  for (const { op, path, value } of operations) {
    const steps = path.split('/').slice(1);
    const last = steps.pop() ?? '';
    let place: unknown = object;
    for (const step of steps) place = (place as Record<string, unknown>)[step];
    const holder = place as Record<string, unknown>;
    if ((op === 'replace') !== last in holder || !['replace', 'add'].includes(op)) {
      throw new Error(`${op} ${path} does not fit ${object.kind} ${object.metadata.name}.`);
    }
    holder[last] = value;
  }
}
