/**
 * A collection on disk: rows and graph in files named by a random id, and `manifest.json` that names them with their
 * checksums. The manifest is replaced by rename after the files are synced, so it always names whole files. Nothing
 * here is the truth: whatever does not fit is refused with a reason, and the caller rebuilds from the document store.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import type { CollectionIndex } from './collection-index';
import { PAGE_BYTES } from './dot-kernel';
import { graphFormat, NeighbourGraph } from './neighbour-graph';

const FORMAT = 'acervo-vectors-1';
const MANIFEST = 'manifest.json';

interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  readonly crc: number;
}

interface Manifest {
  readonly format: string;
  readonly model: string;
  readonly dimensions: number;
  readonly slots: number;
  readonly pages: number;
  readonly rows: StoredFile;
  readonly graph: (StoredFile & { readonly format: string; readonly size: number }) | undefined;
}

interface SealedManifest {
  readonly manifest: string;
  /** Of `manifest`. */
  readonly crc: number;
}

/**
 * Writes `index` into `directory` and removes older files there. The table must not change until it resolves.
 * Rejects with the error of the file system; the snapshot before it then still stands.
 */
export async function saveSnapshot(directory: string, model: string, index: CollectionIndex): Promise<void> {
  await mkdir(directory, { recursive: true });
  const id = randomUUID();
  const names = { rows: `${id}.rows`, graph: `${id}.graph`, manifest: `${id}.json` };
  try {
    const graph = index.graph === undefined ? undefined : await saveGraph(directory, names.graph, index.graph);
    const { keys, pages } = index.table.snapshot();
    const rows = await saveRows(directory, names.rows, index);
    const { dimensions } = index;
    const manifest: Manifest = { format: FORMAT, model, dimensions, slots: keys.length, pages, rows, graph };
    await writeSynced(join(directory, names.manifest), async (file) => {
      const text = JSON.stringify(manifest);
      await file.write(JSON.stringify({ manifest: text, crc: crc32(text) } satisfies SealedManifest));
    });
    await rename(join(directory, names.manifest), join(directory, MANIFEST));
    await syncDirectory(directory);
    await removeOthers(directory, [MANIFEST, names.rows, names.graph]);
  } catch (error) {
    await Promise.all(Object.values(names).map((name) => rm(join(directory, name), { force: true })));
    throw error;
  }
}

export type LoadResult =
  { readonly isLoaded: true; readonly note?: string } | { readonly isLoaded: false; readonly reason: string };

/** Fills the empty `index` from `directory`. Refused: `index` may be half filled and must be thrown away. */
export async function loadSnapshot(directory: string, model: string, index: CollectionIndex): Promise<LoadResult> {
  try {
    const manifest = await readManifest(directory);
    if (typeof manifest === 'string') return refused(manifest);
    if (manifest.model !== model) return refused(`it holds vectors of ${manifest.model}, not of ${model}`);
    if (manifest.dimensions !== index.dimensions)
      return refused(`its vectors have ${manifest.dimensions} dimensions, not ${index.dimensions}`);
    const problem = await loadRows(directory, manifest, index);
    if (problem !== undefined) return refused(problem);
    const note = await loadGraph(directory, manifest, index);
    return note === undefined ? { isLoaded: true } : { isLoaded: true, note };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function refused(reason: string): LoadResult {
  return { isLoaded: false, reason };
}

async function readManifest(directory: string): Promise<Manifest | string> {
  const found = await readdir(directory).catch(() => []);
  if (found.length === 0) return 'there is no snapshot';
  const sealed = JSON.parse(await readFile(join(directory, MANIFEST), 'utf8')) as Partial<SealedManifest> | null;
  if (typeof sealed?.manifest !== 'string' || crc32(sealed.manifest) !== sealed.crc) return 'its manifest is damaged';
  const manifest = JSON.parse(sealed.manifest) as Manifest;
  // The checksum shows that it is as it was written, the format that this version wrote it.
  return manifest.format === FORMAT ? manifest : `its format is ${manifest.format}, not ${FORMAT}`;
}

/** Keys [slots] uint32, whether the graph knows each slot [slots] uint8, then the pages of the table. */
async function saveRows(directory: string, name: string, index: CollectionIndex): Promise<StoredFile> {
  const { keys, pages } = index.table.snapshot();
  const inGraph = Uint8Array.from(keys, (key, slot) =>
    key !== 0 && index.graph !== undefined && !index.waiting.has(slot) ? 1 : 0,
  );
  let bytes = 0;
  let crc = 0;
  await writeSynced(join(directory, name), async (file) => {
    const write = async (part: Uint8Array): Promise<void> => {
      crc = crc32(part, crc);
      bytes += part.byteLength;
      await file.writeFile(part);
    };
    await write(bytesOf(keys));
    await write(inGraph);
    // A copy of each page: the arena may grow while the file system reads from it.
    for (let nth = 0; nth < pages; nth += 1) await write(index.table.page(nth).slice());
  });
  return { name, bytes, crc };
}

async function loadRows(directory: string, manifest: Manifest, index: CollectionIndex): Promise<string | undefined> {
  const { slots, pages, rows } = manifest;
  const file = await open(join(directory, rows.name), 'r');
  try {
    const { size } = await file.stat();
    if (size !== rows.bytes || size !== slots * 5 + pages * PAGE_BYTES)
      return `its rows are cut: ${size} bytes instead of ${rows.bytes}`;
    let crc = 0;
    const read = async (length: number): Promise<Uint8Array> => {
      const part = new Uint8Array(length);
      for (let filled = 0; filled < length;) {
        const { bytesRead } = await file.read(part, filled, length - filled);
        if (bytesRead === 0) throw new Error('its rows are cut');
        filled += bytesRead;
      }
      crc = crc32(part, crc);
      return part;
    };
    const keys = new Uint32Array((await read(slots * 4)).buffer as ArrayBuffer);
    const inGraph = await read(slots);
    if (!index.table.restore({ keys, pages })) return 'its key list does not fit its rows';
    for (let nth = 0; nth < pages; nth += 1) index.table.page(nth).set(await read(PAGE_BYTES));
    if (crc !== rows.crc) return 'its rows are damaged: the checksum is wrong';
    keys.forEach((key, slot) => {
      if (key !== 0 && inGraph[slot] === 0) index.waiting.add(slot);
    });
    return undefined;
  } finally {
    await file.close();
  }
}

async function saveGraph(
  directory: string,
  name: string,
  graph: NeighbourGraph,
): Promise<NonNullable<Manifest['graph']>> {
  const path = join(directory, name);
  graph.save(path);
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return { name, ...(await checksum(path)), format: graphFormat, size: graph.size };
}

/** Says why the graph has to be built again, if so. */
async function loadGraph(directory: string, manifest: Manifest, index: CollectionIndex): Promise<string | undefined> {
  const { graph } = manifest;
  const inGraph = index.table.size - index.waiting.size;
  if (graph === undefined) {
    index.waiting.clear();
    return undefined;
  }
  const startAgain = (reason: string): string => {
    index.startGraph();
    return `the graph is built again: ${reason}`;
  };
  if (graph.format !== graphFormat) return startAgain(`it has the format ${graph.format}, not ${graphFormat}`);
  const path = join(directory, graph.name);
  const found = await checksum(path).catch(() => undefined);
  if (found === undefined) return startAgain('its file is missing');
  if (found.bytes !== graph.bytes || found.crc !== graph.crc) return startAgain('its file is damaged');
  index.graph = new NeighbourGraph(index.dimensions);
  index.graph.load(path);
  if (index.graph.size === inGraph) return undefined;
  return startAgain(`it holds ${index.graph.size} rows instead of ${inGraph}`);
}

async function checksum(path: string): Promise<{ readonly bytes: number; readonly crc: number }> {
  let bytes = 0;
  let crc = 0;
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    crc = crc32(part, crc);
  }
  return { bytes, crc };
}

async function writeSynced(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeOthers(directory: string, keep: readonly string[]): Promise<void> {
  const others = (await readdir(directory)).filter((name) => !keep.includes(name));
  await Promise.all(others.map((name) => rm(join(directory, name), { force: true })));
}

function bytesOf(numbers: Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
