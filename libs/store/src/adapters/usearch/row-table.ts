import type { ChunkKey, ScoredKey } from '../../model';

import { PAGE_BYTES } from './dot-kernel';
import { KeySlots } from './key-slots';
import { bytesPerRow, FIXED_POINT, quantise, type RowArena } from './row-arena';
import { TopScores } from './top-scores';

const COSINE_UNIT = 1 / (FIXED_POINT * FIXED_POINT);

/** What a snapshot holds of a table besides its pages. */
export interface RowTableState {
  /** [slots] key of each slot, 0 where it is free. */
  readonly keys: Uint32Array;
  readonly pages: number;
}

/**
 * The vectors of one collection: keys ↔ slots, each slot a row of the arena. The one place that knows what the
 * collection holds; graph and snapshot are made from it. Slots are dense and used again.
 */
export class RowTable {
  readonly rowBytes: number;
  private readonly rowsPerPage: number;
  private readonly slotOf = new KeySlots();
  private readonly freeSlots: number[] = [];
  private readonly pages: number[] = [];
  /** [slots] */
  private keyOf: Uint32Array = new Uint32Array(1_024);
  private slots = 0;

  constructor(
    private readonly arena: RowArena,
    readonly dimensions: number,
  ) {
    this.rowBytes = bytesPerRow(dimensions);
    this.rowsPerPage = Math.floor(PAGE_BYTES / this.rowBytes);
  }

  get size(): number {
    return this.slotOf.size;
  }

  /** Ascending. */
  keys(): Uint32Array {
    return this.keyOf.filter((key) => key !== 0).sort();
  }

  /** Slots lie below it. */
  get slotBound(): number {
    return this.slots;
  }

  keyAt(slot: number): ChunkKey {
    return this.keyOf[slot] ?? 0;
  }

  find(key: ChunkKey): number | undefined {
    return this.slotOf.get(key);
  }

  /** Slots of the keys that are held, in their order. */
  findAll(keys: ArrayLike<ChunkKey>): Uint32Array {
    const slots = new Uint32Array(keys.length);
    let found = 0;
    for (let i = 0; i < keys.length; i += 1) {
      const slot = this.slotOf.get(keys[i] ?? 0);
      if (slot === undefined) continue;
      slots[found] = slot;
      found += 1;
    }
    return slots.subarray(0, found);
  }

  /** All slots that hold a row. */
  occupied(): Uint32Array {
    const occupied = new Uint32Array(this.size);
    for (let slot = 0, found = 0; found < occupied.length; slot += 1) {
      if (this.keyOf[slot] === 0) continue;
      occupied[found] = slot;
      found += 1;
    }
    return occupied;
  }

  row(slot: number): Int16Array {
    return this.arena.row(this.address(slot), this.dimensions);
  }

  /** The key's slot, and whether its row is another than before. Throws RangeError for a vector that is not unit L2. */
  put(key: ChunkKey, vector: Float32Array): { readonly slot: number; readonly isChanged: boolean } {
    const row = quantise(vector);
    const known = this.slotOf.get(key);
    if (known !== undefined && this.row(known).every((value, i) => value === row[i]))
      return { slot: known, isChanged: false };
    const slot = known ?? this.takeSlot(key);
    this.row(slot).set(row);
    return { slot, isChanged: true };
  }

  /** The slot that got free. */
  remove(key: ChunkKey): number | undefined {
    const slot = this.slotOf.get(key);
    if (slot === undefined) return undefined;
    this.slotOf.delete(key);
    this.keyOf[slot] = 0;
    this.freeSlots.push(slot);
    return slot;
  }

  /** The best of the rows at `slots`, exactly. */
  best(query: Int16Array, slots: Uint32Array, limit: number): ScoredKey[] {
    const top = new TopScores(Math.min(limit, slots.length));
    this.scan(query, slots, (products, first) => {
      for (let i = 0; i < products.length; i += 1) top.offer(slots[first + i] ?? 0, products[i] ?? 0);
    });
    return top.toSorted().map(({ label, score }) => ({ key: this.keyAt(label), score: score * COSINE_UNIT }));
  }

  /** Cosines of `keys`; NaN where one is not held. */
  cosines(query: Int16Array, keys: ArrayLike<ChunkKey>): Float32Array {
    const found = this.findAll(keys);
    const bySlot = new Map<number, number>();
    this.scan(query, found, (products, first) => {
      products.forEach((product, i) => bySlot.set(found[first + i] ?? 0, product * COSINE_UNIT));
    });
    return Float32Array.from(keys, (key) => bySlot.get(this.slotOf.get(key) ?? -1) ?? NaN);
  }

  snapshot(): RowTableState {
    return { keys: this.keyOf.slice(0, this.slots), pages: this.pages.length };
  }

  /** The bytes of the nth page: to write out, or to read in after `restore`. */
  page(nth: number): Uint8Array {
    return this.arena.page(this.pages[nth] ?? 0);
  }

  /** Fills an empty table. False when the state is not one that a table can have. */
  restore({ keys, pages }: RowTableState): boolean {
    if (pages !== Math.ceil(keys.length / this.rowsPerPage)) return false;
    for (let nth = 0; nth < pages; nth += 1) this.pages.push(this.arena.allocatePage());
    this.keyOf = keys;
    this.slots = keys.length;
    keys.forEach((key, slot) => {
      if (key === 0) this.freeSlots.push(slot);
      else this.slotOf.set(key, slot);
    });
    return this.slotOf.size + this.freeSlots.length === keys.length;
  }

  /** Gives all pages back; the table is empty and unusable afterwards. */
  free(): void {
    for (const page of this.pages.splice(0)) this.arena.freePage(page);
    this.slotOf.clear();
  }

  private scan(query: Int16Array, slots: Uint32Array, take: (products: Int32Array, first: number) => void): void {
    const addresses = new Uint32Array(slots.length);
    for (let i = 0; i < slots.length; i += 1) addresses[i] = this.address(slots[i] ?? 0);
    this.arena.scan(query, addresses, this.rowBytes, take);
  }

  private address(slot: number): number {
    const page = Math.floor(slot / this.rowsPerPage);
    return (this.pages[page] ?? 0) + (slot - page * this.rowsPerPage) * this.rowBytes;
  }

  private takeSlot(key: ChunkKey): number {
    const slot = this.freeSlots.pop() ?? this.appendSlot();
    this.keyOf[slot] = key;
    this.slotOf.set(key, slot);
    return slot;
  }

  private appendSlot(): number {
    if (this.slots === this.pages.length * this.rowsPerPage) this.pages.push(this.arena.allocatePage());
    if (this.slots === this.keyOf.length) {
      const grown = new Uint32Array(this.slots * 2);
      grown.set(this.keyOf);
      this.keyOf = grown;
    }
    this.slots += 1;
    return this.slots - 1;
  }
}
