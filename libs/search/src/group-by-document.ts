/** The first, and so the best, passage of each document; order kept. */
export function groupByDocument<T>(ranked: readonly T[], documentOf: (item: T) => string): T[] {
  const seen = new Set<string>();
  return ranked.filter((item) => {
    const document = documentOf(item);
    if (seen.has(document)) return false;
    seen.add(document);
    return true;
  });
}
