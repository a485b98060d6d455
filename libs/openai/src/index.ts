export { boundedFetch } from './bounded-fetch';
export { timeoutFailure, toUpstreamFailure, UpstreamFailure } from './upstream-failure';
export type { UpstreamDescription } from './upstream-failure';
