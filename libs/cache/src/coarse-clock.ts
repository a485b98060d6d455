const RESOLUTION_MS = 20;
let readMs = 0;

/**
 * `Date.now()` at most 20 ms ago (plus what the event loop is late): a third of a look-up in memory went into reading
 * the clock, and expiry is a matter of seconds. lru-cache does the same (`ttlResolution`).
 */
export function coarseNow(): number {
  if (readMs === 0) {
    readMs = Date.now();
    setTimeout(forget, RESOLUTION_MS).unref();
  }
  return readMs;
}

function forget(): void {
  readMs = 0;
}
