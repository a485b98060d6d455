/**
 * The vocabulary as a trie over UTF-16 code units, packed into an open-addressing hash table of typed arrays:
 * (node, code unit) → node. 6 MB for 47,000 pieces, no allocation while walking.
 */
const NONE = -1;

export class PieceTrie {
  static readonly root = 0;
  private readonly mask: number;
  private readonly keys: Float64Array;
  private readonly nodes: Int32Array;
  private readonly ends: Int32Array;

  /** `pieces[id]` is the text of piece `id`; ids in `excluded` (special tokens) are not reachable from text. */
  constructor(pieces: readonly string[], excluded: ReadonlySet<number>) {
    const edges = pieces.reduce((sum, piece) => sum + piece.length, 1);
    const capacity = 2 ** Math.ceil(Math.log2(edges * 1.25));
    this.mask = capacity - 1;
    this.keys = new Float64Array(capacity).fill(NONE);
    this.nodes = new Int32Array(capacity);
    const ends = [NONE];
    pieces.forEach((piece, id) => {
      if (excluded.has(id)) return;
      let node = PieceTrie.root;
      for (let at = 0; at < piece.length; at++) {
        const slot = this.slot(node, piece.charCodeAt(at));
        if (this.keys[slot] === NONE) {
          this.keys[slot] = node * 65_536 + piece.charCodeAt(at);
          this.nodes[slot] = ends.push(NONE) - 1;
        }
        node = this.nodes[slot] ?? NONE;
      }
      ends[node] = id;
    });
    this.ends = Int32Array.from(ends);
  }

  /** The node reached from `node` by `codeUnit`, or -1. */
  next(node: number, codeUnit: number): number {
    const slot = this.slot(node, codeUnit);
    return this.keys[slot] === NONE ? NONE : (this.nodes[slot] ?? NONE);
  }

  /** The piece that ends at `node`, or -1. */
  pieceAt(node: number): number {
    return this.ends[node] ?? NONE;
  }

  private slot(node: number, codeUnit: number): number {
    const key = node * 65_536 + codeUnit;
    let slot = ((Math.imul(node, 0x9e3779b1) ^ Math.imul(codeUnit, 0x85ebca6b)) >>> 13) & this.mask;
    for (;;) {
      const found = this.keys[slot];
      if (found === key || found === NONE) return slot;
      slot = (slot + 1) & this.mask;
    }
  }
}
