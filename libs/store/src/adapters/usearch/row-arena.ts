import { createDotKernel, PAGE_BYTES, ROW_ALIGNMENT, type DotKernel, type WasmMemory } from './dot-kernel';

/** Unit vectors are kept times this: a cosine is off by about 1e-5, as with 16-bit floats. */
export const FIXED_POINT = 32_767;
/** Rows of one kernel call: their addresses and products fill the first scratch page, the query has the second. */
const BATCH_ROWS = 8_192;
const PRODUCTS_ADDRESS = BATCH_ROWS * 4;
const QUERY_ADDRESS = PAGE_BYTES;
const SCRATCH_PAGES = 2;
const GROWTH_PAGES = 64;
const MAX_DIMENSIONS = PAGE_BYTES / 2;

/**
 * The memory that all collections of a thread share: pages of 64 KiB with whole rows, 4 GiB at most (5.5 million rows of
 * 384 numbers). Freed pages are used again, never given back to the machine.
 */
export class RowArena {
  private readonly memory: WasmMemory;
  private readonly dots: DotKernel;
  private readonly freePages: number[] = [];
  private nextPage = SCRATCH_PAGES;

  constructor() {
    ({ memory: this.memory, dots: this.dots } = createDotKernel(SCRATCH_PAGES + GROWTH_PAGES));
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Byte address of a page. Throws RangeError when no memory is left. */
  allocatePage(): number {
    const free = this.freePages.pop();
    if (free !== undefined) return free;
    const address = this.nextPage * PAGE_BYTES;
    if (address >= this.bytes) this.memory.grow(GROWTH_PAGES);
    this.nextPage += 1;
    return address;
  }

  freePage(address: number): void {
    this.freePages.push(address);
  }

  /** The page's bytes; valid until the next `allocatePage`. */
  page(address: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, PAGE_BYTES);
  }

  /** A row's numbers; valid until the next `allocatePage`. */
  row(address: number, dimensions: number): Int16Array {
    return new Int16Array(this.memory.buffer, address, dimensions);
  }

  /**
   * Cosines × FIXED_POINT² of `query` (quantised) with the rows at `addresses`, handed to `take` in batches.
   * Cost: about 60 ns for a row of 384 numbers.
   */
  scan(
    query: Int16Array,
    addresses: Uint32Array,
    rowBytes: number,
    take: (products: Int32Array, first: number) => void,
  ): void {
    new Int16Array(this.memory.buffer, QUERY_ADDRESS, rowBytes / 2).fill(0).set(query);
    for (let first = 0; first < addresses.length; first += BATCH_ROWS) {
      const batch = addresses.subarray(first, first + BATCH_ROWS);
      new Uint32Array(this.memory.buffer, 0, batch.length).set(batch);
      this.dots(0, batch.length, QUERY_ADDRESS, PRODUCTS_ADDRESS, rowBytes);
      take(new Int32Array(this.memory.buffer, PRODUCTS_ADDRESS, batch.length), first);
    }
  }
}

/** Bytes from one row to the next. Throws RangeError beyond 32,768 dimensions. */
export function bytesPerRow(dimensions: number): number {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS)
    throw new RangeError(`The embedded vector index takes 1 to ${MAX_DIMENSIONS} dimensions, not ${dimensions}.`);
  return Math.ceil((dimensions * 2) / ROW_ALIGNMENT) * ROW_ALIGNMENT;
}

/** Throws RangeError when `vector` is not a unit vector: the sums of a scan could overflow. */
export function quantise(vector: Float32Array): Int16Array {
  let squares = 0;
  const row = new Int16Array(vector.length);
  for (let i = 0; i < vector.length; i += 1) {
    const value = vector[i] ?? 0;
    squares += value * value;
    row[i] = Math.round(value * FIXED_POINT);
  }
  if (!(Math.abs(squares - 1) < 1e-2))
    throw new RangeError(`Vectors must be unit L2; this one has the squared norm ${squares}.`);
  return row;
}

/** Undoes `quantise` up to 1.5e-5 per number. */
export function toFloats(row: Int16Array): Float32Array {
  return Float32Array.from(row, (value) => value / FIXED_POINT);
}
