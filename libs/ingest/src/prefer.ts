/** `Prefer: wait=N` (RFC 7240). */
const maxWaitSeconds = 300;

/** Seconds that the client wants to wait, at most 300; undefined without the preference. */
export function preferredWaitSeconds(prefer: string | undefined): number | undefined {
  const seconds = /(?:^|[,;\s])wait=(\d{1,6})(?=$|[,;\s])/i.exec(prefer ?? '')?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), maxWaitSeconds);
}
