import type { Collection } from '../../model';

interface Known {
  readonly collection: Collection;
  readonly readAtMs: number;
}

/**
 * Collections as they were read last. Each search asks for one; a round trip to a reader thread costs it a tenth of a
 * millisecond. Changes of this process show at once, those of others after `maxAgeMs`.
 */
export class CollectionCache {
  private readonly known = new Map<string, Known>();
  private changes = 0;

  constructor(
    private readonly maxAgeMs: number,
    private readonly maxEntries: number,
  ) {}

  /** Absent collections are asked for each time: a name nobody knows must not fill the cache. */
  async find(name: string, read: () => Promise<Collection | undefined>): Promise<Collection | undefined> {
    const known = this.known.get(name);
    if (known !== undefined && performance.now() - known.readAtMs <= this.maxAgeMs) return known.collection;
    const { changes } = this;
    const readAtMs = performance.now();
    const collection = await read();
    // What was read beside a change may be from before it.
    if (collection !== undefined && changes === this.changes) this.remember(name, { collection, readAtMs });
    return collection;
  }

  /** To be called when a change has ended, well or badly. */
  forget(): void {
    this.changes += 1;
    this.known.clear();
  }

  private remember(name: string, known: Known): void {
    if (this.known.size >= this.maxEntries) this.known.clear();
    this.known.set(name, known);
  }
}
