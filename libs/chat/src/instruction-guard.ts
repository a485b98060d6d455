/**
 * Keeps a model from reciting what it was told: words that follow four others as they do in the instructions are left
 * out, and so is the mark between the sources. At most four words of a recital are seen.
 */
const shingleWords = 5;
/** The mark of source-fence.ts. */
const fenceMark = /^[0-9a-f]{16}$/;

export class InstructionGuard {
  private readonly shingles = new Set<string>();
  private recent: string[] = [];
  private held = '';

  constructor(instructions: string) {
    const words = instructions
      .split(/\s+/)
      .map(plain)
      .filter((word) => word !== '');
    for (let at = 0; at + shingleWords <= words.length; at++)
      this.shingles.add(words.slice(at, at + shingleWords).join(' '));
  }

  /** What may be shown now; the last word waits for its end. */
  write(piece: string): string {
    const text = this.held + piece;
    const end = text.search(/\S*$/);
    this.held = text.slice(end);
    return this.pass(text.slice(0, end));
  }

  end(): string {
    const { held } = this;
    this.held = '';
    return this.pass(held);
  }

  private pass(text: string): string {
    return text.replace(/\s*\S+/g, (word) => {
      const said = plain(word.trim());
      if (fenceMark.test(said)) return '';
      // Marks and dashes alone are no words.
      if (said === '') return word;
      this.recent = [...this.recent, said].slice(-shingleWords);
      return this.shingles.has(this.recent.join(' ')) ? '' : word;
    });
  }
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
