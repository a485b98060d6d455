export { copyDatabase } from './copy-database';
export { openDatabase } from './open-database';
export type { Connection, Statement } from './open-database';
