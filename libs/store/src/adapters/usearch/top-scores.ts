/** The `limit` best of many scores: a binary min-heap, O(n log limit) at worst, O(n) when most scores are low. */
export class TopScores {
  private readonly scores: Float64Array;
  private readonly labels: Float64Array;
  private size = 0;
  /** A score has to beat it. */
  private bar = -Infinity;

  constructor(private readonly limit: number) {
    this.scores = new Float64Array(limit);
    this.labels = new Float64Array(limit);
  }

  offer(label: number, score: number): void {
    if (this.size < this.limit) {
      this.place(this.size, label, score);
      this.size += 1;
      if (this.size < this.limit) return;
      for (let at = this.limit >> 1; at >= 0; at -= 1) this.sinkFrom(at);
    } else if (score > this.bar) {
      this.place(0, label, score);
      this.sinkFrom(0);
    } else return;
    this.bar = this.scores[0] ?? Infinity;
  }

  /** Best first; equal scores in ascending order of label. */
  toSorted(): { readonly label: number; readonly score: number }[] {
    return Array.from({ length: this.size }, (_, at) => ({
      label: this.labels[at] ?? 0,
      score: this.scores[at] ?? 0,
    })).sort((a, b) => b.score - a.score || a.label - b.label);
  }

  private place(at: number, label: number, score: number): void {
    this.labels[at] = label;
    this.scores[at] = score;
  }

  private sinkFrom(from: number): void {
    const label = this.labels[from] ?? 0;
    const score = this.scores[from] ?? 0;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.limit) break;
      if (child + 1 < this.limit && (this.scores[child + 1] ?? 0) < (this.scores[child] ?? 0)) child += 1;
      const childScore = this.scores[child] ?? 0;
      if (childScore >= score) break;
      this.place(at, this.labels[child] ?? 0, childScore);
      at = child;
    }
    this.place(at, label, score);
  }
}
