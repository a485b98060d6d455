export { callContext, endedError, remainingMs, throwIfEnded, untilEnded } from './call-context';
export type { CallContext } from './call-context';
export { DomainError, fromWireError, toWireError } from './domain-error';
export type { WireError } from './domain-error';
export { seededRandom } from './seeded-random';
export { workerEntry } from './worker-entry';
export type { WorkerEntry } from './worker-entry';
