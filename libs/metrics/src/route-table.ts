/** Addresses by the template of the route that answers them: a closed set, whatever clients ask for. */
export interface RouteTableOptions {
  /** Templates, such as `/documents/:id`. */
  readonly templates: Iterable<string>;
  /** Addresses below one of these, such as `/docs`, count as it. */
  readonly folders?: Iterable<string>;
}

/** Of an address that no route answers. */
export const otherRoute = 'other';

const otherIndex = 0;

interface Pattern {
  readonly segments: readonly (string | undefined)[];
  readonly index: number;
}

/** Routes are numbered; the number of `otherRoute` is 0. */
export class RouteTable {
  readonly names: readonly string[];
  private readonly exact = new Map<string, number>();
  /** By number of segments. */
  private readonly patterns: Pattern[][] = [];
  private readonly folders: readonly { readonly prefix: string; readonly index: number }[];

  constructor({ templates, folders = [] }: RouteTableOptions) {
    const below = [...folders].sort();
    this.names = [otherRoute, ...[...new Set([...templates, ...below])].sort()];
    for (const [index, name] of this.names.entries()) {
      if (index === otherIndex) continue;
      this.exact.set(name, index);
      if (!name.includes('/:')) continue;
      const segments = name.split('/').map((segment) => (segment.startsWith(':') ? undefined : segment));
      (this.patterns[segments.length] ??= []).push({ segments, index });
    }
    this.folders = below.map((name) => ({ prefix: `${name}/`, index: this.names.indexOf(name) }));
  }

  /** Of a template that the router names. Undefined when it is none of this table. */
  indexOf(template: string): number | undefined {
    return this.exact.get(template);
  }

  /** Of an address, with or without a query. */
  indexOfUrl(url: string): number {
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    return this.exact.get(path) ?? this.match(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
  }

  private match(path: string): number {
    const known = this.exact.get(path);
    if (known !== undefined) return known;
    const segments = path.split('/');
    const found = this.patterns[segments.length]?.find((pattern) =>
      pattern.segments.every((segment, at) => (segment === undefined ? segments[at] !== '' : segment === segments[at])),
    );
    return found?.index ?? this.folders.find(({ prefix }) => path.startsWith(prefix))?.index ?? otherIndex;
  }
}
