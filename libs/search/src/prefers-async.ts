const respondAsync = /(?:^|[,;\s])respond-async(?:$|[,;\s])/i;

/** `Prefer: respond-async`, RFC 7240. */
export function prefersAsync(prefer: string | readonly string[] | undefined): boolean {
  return respondAsync.test(String(prefer ?? ''));
}
