export { callContext, endedError, remainingMs, startCall, throwIfEnded, untilEnded, withTimeout } from './call-context';
export type { Call, CallContext } from './call-context';
export { DomainError, fromWireError, toWireError } from './domain-error';
export type { WireError } from './domain-error';
export { seededRandom } from './seeded-random';
export { SingleFlight } from './single-flight';
export type { Shared } from './single-flight';
export { workerEntry } from './worker-entry';
export type { WorkerEntry } from './worker-entry';
