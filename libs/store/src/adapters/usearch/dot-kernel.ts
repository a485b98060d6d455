/**
 * Dot products of one 16-bit query with many 16-bit rows, as a WebAssembly SIMD function of 150 bytes.
 *
 * Why: an exact scan is the fallback of every search, so it has to be cheap; plain JavaScript needs some 300 ns for a
 * row of 384 numbers, this some 60 ns. The bytes are written out here, so the build needs no further toolchain.
 * Invariant: vectors are unit L2 times 32,767. Any part of the sum is then at most 32,767² < 2^31 in absolute value
 * (Cauchy–Schwarz), so 32-bit lanes cannot overflow.
 */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Grows by pages of 64 KiB; throws RangeError when the machine or the 4 GiB address space ends. */
  grow(pages: number): number;
}

/**
 * Writes one int32 per row to `out`. All arguments are byte addresses or counts in the shared memory.
 * `rowAddresses`: [count] uint32; `rowBytes` is a multiple of ROW_ALIGNMENT; count ≥ 1.
 */
export type DotKernel = (rowAddresses: number, count: number, query: number, out: number, rowBytes: number) => void;

export const PAGE_BYTES = 65_536;
/** Bytes of one turn of the inner loop: rows are padded with zeros up to a multiple of it. */
export const ROW_ALIGNMENT = 64;
const MAX_PAGES = 65_536;

const I32 = 0x7f;
const V128 = 0x7b;
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const i32Const = (value: number): number[] => [0x41, ...signedLeb(value)];
const i32Add = 0x6a;
const i32Load = [0x28, 2, 0];
const i32Store = [0x36, 2, 0];
const v128Load = (offset: number): number[] => [0xfd, 0x00, 4, offset];
const v128Zero = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
const i32x4Add = [0xfd, 0xae, 0x01];
const i32x4DotI16x8 = [0xfd, 0xba, 0x01];
const i32x4Lane = (lane: number): number[] => [0xfd, 0x1b, lane];
const loop = (body: number[]): number[] => [0x03, 0x40, ...body, 0x0b];
const continueIf = [0x0d, 0];
const bump = (local: number, by: number): number[] => [...get(local), ...i32Const(by), i32Add, ...set(local)];

const [rowAddresses, count, query, out, rowBytes, row, queryPart, rowEnd] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const sums = [8, 9, 10, 11] as const;

const body = loop([
  ...[...get(rowAddresses), ...i32Load, ...set(row)],
  ...[...get(query), ...set(queryPart)],
  ...[...get(row), ...get(rowBytes), i32Add, ...set(rowEnd)],
  ...sums.flatMap((sum) => [...v128Zero, ...set(sum)]),
  ...loop([
    ...sums.flatMap((sum, nth) => [
      ...[...get(sum), ...get(row), ...v128Load(16 * nth), ...get(queryPart), ...v128Load(16 * nth)],
      ...[...i32x4DotI16x8, ...i32x4Add, ...set(sum)],
    ]),
    ...bump(queryPart, ROW_ALIGNMENT),
    ...[...get(row), ...i32Const(ROW_ALIGNMENT), i32Add, 0x22, row],
    ...[...get(rowEnd), 0x49 /* i32.lt_u */, ...continueIf],
  ]),
  ...[...get(sums[0]), ...get(sums[1]), ...i32x4Add, ...get(sums[2]), ...i32x4Add, ...get(sums[3]), ...i32x4Add],
  ...set(sums[0]),
  ...[...get(out), ...[0, 1, 2, 3].flatMap((lane) => [...get(sums[0]), ...i32x4Lane(lane)])],
  ...[i32Add, i32Add, i32Add, ...i32Store],
  ...bump(rowAddresses, 4),
  ...bump(out, 4),
  ...[...get(count), ...i32Const(1), 0x6b /* i32.sub */, 0x22, count, ...continueIf],
]);

/** A memory with `pages` pages to begin with, and the kernel that reads and writes it. */
export function createDotKernel(pages: number): { readonly memory: WasmMemory; readonly dots: DotKernel } {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { e: { m: memory } });
  return { memory, dots: exports['dots'] as DotKernel };
}

function moduleBytes(): Uint8Array {
  const locals = [2, 3, I32, sums.length, V128];
  const code = [...locals, ...body, 0x0b];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
    ...section(2, [1, ...name('e'), ...name('m'), 0x02, 0x01, ...leb(1), ...leb(MAX_PAGES)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('dots'), 0x00, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

function section(id: number, content: number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

function leb(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...leb(value >>> 7)];
}

function signedLeb(value: number): number[] {
  const low = value & 0x7f;
  return value >= -64 && value < 64 ? [low] : [low | 0x80, ...signedLeb(value >> 7)];
}
