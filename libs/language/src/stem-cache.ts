/**
 * A bounded memory of a pure function over words, about least recently used: two generations of at most `half` entries
 * each; when the young one is full the old one is forgotten.
 */
export class StemCache {
  private young = new Map<string, string>();
  private old = new Map<string, string>();

  constructor(
    private readonly compute: (word: string) => string,
    private readonly half: number,
  ) {}

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(word: string): string {
    const known = this.young.get(word);
    if (known !== undefined) return known;
    const stem = this.old.get(word) ?? this.compute(word);
    if (this.young.size >= this.half) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(word, stem);
    return stem;
  }
}
