export { PostgresDatabase } from './postgres-database';
export type { PostgresOptions, PostgresRows, PostgresTransaction } from './postgres-database';
export { listenForever } from './listener';
export type { Listener, ListenerOptions } from './listener';
export { migrate } from './migrate';
export type { Migration } from './migrate';
