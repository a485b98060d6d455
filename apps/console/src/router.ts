/**
 * Where the page is: `/#/search?q=docker`. Behind the hash, because `/search` and its siblings are routes of the API.
 * What can be shared or gone back to is in the address, and nowhere else.
 */
export const pages = ['search', 'chat', 'research', 'documents', 'dashboard'] as const;
export type PageName = (typeof pages)[number];

export interface Place {
  /** Undefined: there is no such page. */
  readonly page: PageName | undefined;
  readonly query: URLSearchParams;
}

export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const name = path === '' ? 'search' : path;
  return { page: pages.find((page) => page === name), query: new URLSearchParams(query) };
}

/** Parts that are empty stay out of the address. */
export function hrefOf(page: PageName, query: Readonly<Record<string, string | undefined>> = {}): string {
  const parts = Object.entries(query).filter(
    (part): part is [string, string] => part[1] !== undefined && part[1] !== '',
  );
  const text = new URLSearchParams(parts).toString();
  return `/#/${page}${text === '' ? '' : `?${text}`}`;
}
