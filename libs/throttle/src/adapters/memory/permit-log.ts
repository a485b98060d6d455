const FIRST_SLOTS = 4;

/**
 * When each permit of one key was spent, oldest first, in a ring that grows to the next power of two of its limit. A hit
 * of weight n fills n slots: the time at which enough permits are back is one look, whatever the weights were.
 */
export class PermitLog {
  /** Neighbours in the order of use. */
  older: PermitLog | undefined;
  newer: PermitLog | undefined;
  touchedAtMs = 0;
  used = 0;
  private head = 0;
  private times = new Float64Array(FIRST_SLOTS);

  constructor(readonly key: string) {}

  /** Drops what was spent at `horizonMs` or before. Amortised O(1): each permit leaves once. */
  dropUntil(horizonMs: number): void {
    if (this.used > 0 && this.at(this.used - 1) <= horizonMs) this.used = 0;
    while (this.used > 0 && this.at(0) <= horizonMs) {
      this.head = (this.head + 1) & (this.times.length - 1);
      this.used -= 1;
    }
  }

  /** `nth` in 0..used-1. */
  at(nth: number): number {
    return this.times[(this.head + nth) & (this.times.length - 1)] ?? 0;
  }

  spend(permits: number, nowMs: number): void {
    if (this.used + permits > this.times.length) this.grow(this.used + permits);
    const mask = this.times.length - 1;
    for (let nth = 0; nth < permits; nth += 1) this.times[(this.head + this.used + nth) & mask] = nowMs;
    this.used += permits;
  }

  private grow(slots: number): void {
    let length = this.times.length;
    while (length < slots) length *= 2;
    const times = new Float64Array(length);
    for (let nth = 0; nth < this.used; nth += 1) times[nth] = this.at(nth);
    this.times = times;
    this.head = 0;
  }
}
