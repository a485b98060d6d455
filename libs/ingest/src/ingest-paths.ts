/**
 * Files and folders → a collection, as a stream of events. A second run over an unchanged tree reads no file: a
 * document whose file has not changed since it was committed is known by the change time of its inode.
 *
 * The id of a document derives from its source, so a changed file replaces its earlier version. A source inside the
 * working directory is the path from there; of a folder elsewhere, the path from that folder. Ids of different roots
 * differ, which is how pruning knows what came from the named paths.
 */
import { realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';

import type { DomainError, CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import type { CollectionWriter, DocumentStore } from '@acervo/store';

import { formatOfName } from './format-of-name';
import { documentId, type IngestItem, type IngestOutcome } from './ingest-item';
import type { Ingester } from './ingester';
import { walk } from './walk';

export interface IngestPath {
  readonly path: string;
  /** Put in front of the path below a folder instead of where the folder lies, such as `docs/pt/`. */
  readonly sourcePrefix?: string | undefined;
}

export interface IngestPathsOptions {
  readonly collection: string;
  /** Remove documents that an earlier run took from these paths and whose files are gone. */
  readonly prune?: boolean;
  /** Read every file, changed or not. */
  readonly force?: boolean;
  readonly workingDirectory?: string;
}

export interface IngestSummary {
  readonly files: number;
  readonly indexed: number;
  readonly unchanged: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly removed: number;
  /** Gone from disk but still in the collection: `prune` removes them. */
  readonly missing: number;
  readonly chunks: number;
  readonly embedded: number;
  readonly seconds: number;
  readonly chunksPerSecond: number;
}

export type IngestEvent =
  | { readonly type: 'scanned'; readonly files: number }
  | { readonly type: 'embedded'; readonly chunks: number; readonly total: number }
  | IngestOutcome
  | { readonly type: 'unreadable'; readonly source: string; readonly error: DomainError }
  | { readonly type: 'removed' | 'missing'; readonly id: string; readonly source: string }
  | { readonly type: 'finished'; readonly summary: IngestSummary };

interface Found {
  readonly item: IngestItem;
  readonly ctimeMs: number;
  readonly size: number;
}
interface Root {
  /** Distinguishes equal sources of different folders; empty inside the working directory. */
  readonly key: string;
  readonly prefix: string;
}

/** Between the moment a file is checked and the time stamp of its commit. */
const commitMarginMs = 60_000;
const pageDocuments = 1_000;
const maxRounds = 3;

export interface IngestPathsPorts {
  readonly ingester: Ingester;
  readonly store: DocumentStore;
  readonly writer: CollectionWriter;
}

/**
 * Errors: DOCUMENT_NOT_FOUND when a path does not exist; COLLECTION_OUTDATED; those of `Ingester.ingest`.
 * Files that cannot be read are events, not errors.
 */
export async function* ingestPaths(
  { ingester, store, writer }: IngestPathsPorts,
  paths: readonly (string | IngestPath)[],
  options: IngestPathsOptions,
  context: CallContext,
): AsyncGenerator<IngestEvent> {
  const startedMs = performance.now();
  const counts = { indexed: 0, unchanged: 0, duplicate: 0, skipped: 0, removed: 0, missing: 0, chunks: 0, embedded: 0 };
  const { collection } = options;
  await ingester.ensureCollection(collection, context);

  const roots: Root[] = [];
  const found = new Map<string, Found>();
  const events: IngestEvent[] = [];
  for (const path of paths) await scan(path, options.workingDirectory ?? process.cwd(), roots, found, events);
  yield { type: 'scanned', files: found.size };
  yield* events.splice(0);

  const known = await knownDocuments(store, collection, context);
  const gone = [...known].filter(([id, { source }]) => !found.has(id) && cameFrom(roots, id, source));
  const goneIds = new Set(gone.map(([id]) => id));

  let round = [...found.values()];
  const todo =
    options.force === true
      ? round
      : round.filter(({ item, ctimeMs }) => {
          const committedMs = known.get(item.id)?.updatedMs ?? -Infinity;
          return ctimeMs + commitMarginMs >= committedMs;
        });
  counts.unchanged += round.length - todo.length;
  round = todo;
  for (let nth = 0; nth < maxRounds && round.length > 0; nth++) {
    const stale: Found[] = [];
    const outcomes = ingester.ingest(
      collection,
      round.map(({ item }) => item),
      context,
      {
        mayReplace: ({ id }) => options.prune === true && goneIds.has(id),
        isStale: async ({ id }) => nth < maxRounds - 1 && (await hasChanged(found.get(id))),
        onStale: ({ id }) => {
          const before = found.get(id);
          if (before !== undefined) stale.push(before);
        },
        onEmbedded: (chunks, total) => events.push({ type: 'embedded', chunks, total }),
      },
    );
    for await (const outcome of outcomes) {
      yield* events.splice(0);
      counts[outcome.type] += 1;
      if (outcome.type === 'indexed') {
        counts.chunks += outcome.chunks;
        counts.embedded += outcome.embedded;
      }
      yield outcome;
    }
    round = await refreshed(stale, found);
  }

  for (const [id, { source }] of gone) yield { type: options.prune === true ? 'removed' : 'missing', id, source };
  if (options.prune === true && gone.length > 0) await writer.apply(collection, { remove: [...goneIds] }, context);
  counts[options.prune === true ? 'removed' : 'missing'] = gone.length;

  const seconds = (performance.now() - startedMs) / 1_000;
  const { duplicate, ...rest } = counts;
  const chunksPerSecond = counts.chunks / seconds;
  yield { type: 'finished', summary: { files: found.size, duplicates: duplicate, ...rest, seconds, chunksPerSecond } };
}

async function scan(
  given: string | IngestPath,
  workingDirectory: string,
  roots: Root[],
  found: Map<string, Found>,
  events: IngestEvent[],
): Promise<void> {
  const { path, sourcePrefix } = typeof given === 'string' ? { path: given } : given;
  const absolute = resolve(workingDirectory, path);
  const stats = await stat(absolute).catch((error: unknown) => {
    throw fail('DOCUMENT_NOT_FOUND', `There is no file or folder ${path}.`, { path }, error);
  });
  const place = await rootOf(absolute, workingDirectory, sourcePrefix);
  const add = async (file: string, source: string): Promise<void> => {
    try {
      const { ctimeMs, size, mtime } = await stat(file);
      const fallbackDate = mtime.toISOString().slice(0, 10);
      const item = { hasOwnId: false, source, path: file, name: basename(file), given: {}, fallbackDate };
      const id = documentId(place.key, source);
      found.set(id, { item: { id, ...item }, ctimeMs, size });
    } catch (error) {
      events.push(unreadable(file, error));
    }
  };
  if (stats.isFile()) {
    roots.push({ key: place.key, prefix: `${place.prefix}${basename(absolute)}` });
    await add(absolute, `${place.prefix}${basename(absolute)}`);
    return;
  }
  roots.push(place);
  for await (const file of walk(absolute, (where, error) => events.push(unreadable(where, error)))) {
    if (formatOfName(file.path) !== undefined) await add(file.path, `${place.prefix}${file.relativePath}`);
  }
}

function unreadable(source: string, error: unknown): IngestEvent {
  const reason = error instanceof Error ? error.message : String(error);
  return { type: 'unreadable', source, error: fail('DOCUMENT_UNREADABLE', `${source}: ${reason}`, {}, error) };
}

/** For a file the folder that holds it. */
async function rootOf(absolute: string, workingDirectory: string, sourcePrefix: string | undefined): Promise<Root> {
  if (sourcePrefix !== undefined) return { key: '', prefix: sourcePrefix };
  const isFolder = (await stat(absolute)).isDirectory();
  const folder = isFolder ? absolute : resolve(absolute, '..');
  const inside = relative(workingDirectory, folder);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    return { key: await realpath(folder), prefix: '' };
  }
  return { key: '', prefix: inside === '' ? '' : `${inside.split(sep).join('/')}/` };
}

/** Only ids that a run over these roots would give count: documents sent over HTTP are never pruned. */
function cameFrom(roots: readonly Root[], id: string, source: string): boolean {
  return roots.some(({ key, prefix }) => source.startsWith(prefix) && documentId(key, source) === id);
}

async function knownDocuments(
  store: DocumentStore,
  collection: string,
  context: CallContext,
): Promise<Map<string, { source: string; updatedMs: number }>> {
  const known = new Map<string, { source: string; updatedMs: number }>();
  let cursor: string | undefined;
  do {
    const page = await store.listDocuments(collection, { cursor, limit: pageDocuments }, context);
    for (const { id, source, updatedAt } of page.documents) known.set(id, { source, updatedMs: Date.parse(updatedAt) });
    cursor = page.cursor;
  } while (cursor !== undefined);
  return known;
}

async function hasChanged(before: Found | undefined): Promise<boolean> {
  if (before === undefined) return false;
  const now = await stat(before.item.path).catch(() => undefined);
  return now === undefined || now.ctimeMs !== before.ctimeMs || now.size !== before.size;
}

/** Files that changed while they were embedded, with their new time; those that vanished are left to the next run. */
async function refreshed(stale: readonly Found[], found: Map<string, Found>): Promise<Found[]> {
  const again: Found[] = [];
  for (const { item } of stale) {
    const now = await stat(item.path).catch(() => undefined);
    if (now === undefined) continue;
    const fresh = { item, ctimeMs: now.ctimeMs, size: now.size };
    found.set(item.id, fresh);
    again.push(fresh);
  }
  return again;
}
