import type { Collection } from './model';

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
    return this.peek(name, this.maxAgeMs) ?? (await this.read(name, read));
  }

  /** What is known and at most `maxAgeMs` old. */
  peek(name: string, maxAgeMs: number): Collection | undefined {
    const known = this.known.get(name);
    return known !== undefined && performance.now() - known.readAtMs <= maxAgeMs ? known.collection : undefined;
  }

  /** To be called when a change begins to show and when it has ended, well or badly. */
  forget(): void {
    this.changes += 1;
    this.known.clear();
  }

  private async read(name: string, read: () => Promise<Collection | undefined>): Promise<Collection | undefined> {
    const { changes } = this;
    const readAtMs = performance.now();
    const collection = await read();
    // What was read beside a change may be from before it.
    if (changes !== this.changes) return collection;
    if (collection === undefined) this.known.delete(name);
    else this.remember(name, { collection, readAtMs });
    return collection;
  }

  private remember(name: string, known: Known): void {
    if (this.known.size >= this.maxEntries && !this.known.has(name)) this.known.clear();
    this.known.set(name, known);
  }
}
