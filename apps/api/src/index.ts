export { openEngines } from './engines';
export type { Engines } from './engines';
export { openKeys } from './identity';
export { createLogger } from './logger';
export { runServer } from './run-server';
export { version } from './version';
