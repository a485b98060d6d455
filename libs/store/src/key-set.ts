/** Membership in an ascending list of keys: one bit for each key between the first and the last. */
export class KeySet {
  readonly first: number;
  readonly last: number;
  private readonly bits: Uint8Array;

  constructor(keys: Uint32Array) {
    this.first = keys[0] ?? 1;
    this.last = keys.at(-1) ?? 0;
    this.bits = new Uint8Array(Math.max(0, (this.last - this.first + 8) >> 3));
    for (const key of keys) {
      const at = key - this.first;
      this.bits[at >> 3] = (this.bits[at >> 3] ?? 0) | (1 << (at & 7));
    }
  }

  has(key: number): boolean {
    const at = key - this.first;
    return at >= 0 && key <= this.last && ((this.bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }
}
