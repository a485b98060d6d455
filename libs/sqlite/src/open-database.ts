/**
 * The one place that names the packages of the SQLite binding. Both have the same interface; which of them works is a
 * matter of the running Node.js, and the other one must not even be loaded (ADR 13).
 */
import { createRequire } from 'node:module';

import type Database from 'better-sqlite3';

import { fail } from '@acervo/problem';

export type Connection = Database.Database;
export type Statement = Database.Statement;

type DatabaseClass = typeof Database;

/** better-sqlite3 13 asks for Node-API 10 (Node.js 22.14), and ends the process where there is none. */
const nodeApiOfVersion13 = 10;

let loaded: DatabaseClass | undefined;

/**
 * Opens a file, or a database in memory for ':memory:'. The first call loads the binding: about 10 ms.
 *
 * Errors: STORE_UNAVAILABLE when the binding for this Node.js is not installed or does not load; those of SQLite as
 * they are.
 */
export function openDatabase(file: string, options?: Database.Options): Connection {
  loaded ??= loadBinding(bindingPackage(Number(process.versions.napi)));
  return new loaded(file, options);
}

/** @param nodeApi highest version of Node-API that the running Node.js has */
export function bindingPackage(nodeApi: number): string {
  return nodeApi >= nodeApiOfVersion13 ? 'better-sqlite3-node-api' : 'better-sqlite3';
}

/** @param name as `bindingPackage` gives it */
export function loadBinding(name: string): DatabaseClass {
  try {
    const binding = createRequire(__filename)(name) as DatabaseClass;
    // The package loads its native part with the first database.
    new binding(':memory:').close();
    return binding;
  } catch (error) {
    const detail = `The SQLite binding for Node.js ${process.version} does not load. Run "npm ci" with this Node.js, without --omit=optional.`;
    throw fail('STORE_UNAVAILABLE', detail, { package: name, node: process.version }, error);
  }
}
