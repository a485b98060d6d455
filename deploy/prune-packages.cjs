/**
 * Takes out of an installation what a server on this platform never loads, and says how much that was: the Chroma
 * server that the Chroma client brings along for its own command line, and native libraries for other systems.
 *
 * Usage: node deploy/prune-packages.cjs NODE_MODULES
 */
'use strict';

const { readdirSync, rmSync, statSync } = require('node:fs');
const { join } = require('node:path');

const folder = process.argv[2];
if (folder === undefined) throw new Error('Name the node_modules folder.');

const { platform, arch } = process;
let removed = 0;

for (const name of names(folder)) if (name.startsWith('chromadb-js-bindings-')) remove(join(folder, name));
for (const version of children(join(folder, 'onnxruntime-node/bin'))) {
  for (const system of children(version)) {
    if (!system.endsWith(`/${platform}`)) remove(system);
    else for (const processor of children(system)) if (!processor.endsWith(`/${arch}`)) remove(processor);
  }
}
for (const owner of ['usearch', 'better-sqlite3-node-api']) {
  for (const build of children(join(folder, owner, 'prebuilds'))) {
    if (!new RegExp(`/${platform}-[^/]*${arch}[^/]*$`).test(build)) remove(build);
  }
}

process.stdout.write(`Removed ${Math.round(removed / 2 ** 20)} MB that nothing here loads.\n`);

function names(path) {
  try {
    return readdirSync(path);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  }
}

function children(path) {
  return names(path).map((name) => join(path, name));
}

function remove(path) {
  removed += sizeOf(path);
  rmSync(path, { recursive: true });
}

function sizeOf(path) {
  const status = statSync(path);
  return status.isDirectory() ? children(path).reduce((sum, one) => sum + sizeOf(one), 0) : status.size;
}
