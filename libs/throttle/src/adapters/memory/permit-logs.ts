/**
 * When each permit of each key was spent, oldest first.
 *
 * With many clients a take is as dear as the memory that it touches and has not in the processor's cache. So what a key
 * has is one record of 64 bytes in one array: permits used, where the oldest is, when it was last looked at, and the
 * first few times. Keys with more permits have a ring of their own, a power of two long. A hit of weight n fills n places:
 * the time at which enough permits are back is one look, whatever the weights were.
 *
 * At `maxKeys` a new key takes the place of another: of the next one, for a hand that goes round, that is not among the
 * half used last (CLOCK). O(1) amortised. A list in the order of use would touch three records a take instead of one.
 */
const record = 8;
const inRecord = 5;
/** Offsets in a record. A key with a ring has `-1 - head` for its head. */
const usedAt = 0;
const headAt = 1;
const lookedAt = 2;
const timesAt = 3;

const firstRing = 16;
const firstRecords = 64;

/** Names the log of a key until the next `add` or `sweep`. */
export type LogId = number;

export class PermitLogs {
  private readonly ids = new Map<string, LogId>();
  private records = new Float64Array(firstRecords * record);
  private readonly keys: (string | undefined)[] = [];
  private readonly rings: (Float64Array | undefined)[] = [];
  private readonly free: LogId[] = [];
  private looks = 0;
  private hand = 0;
  private swept = 0;

  constructor(private readonly maxKeys: number) {}

  get size(): number {
    return this.ids.size;
  }

  /** The log of a key, now the one used last. */
  find(key: string): LogId | undefined {
    const id = this.ids.get(key);
    if (id !== undefined) this.records[id * record + lookedAt] = ++this.looks;
    return id;
  }

  /** An empty log for a key that has none. */
  add(key: string): LogId {
    if (this.ids.size >= this.maxKeys) this.removeOneOfTheOldest();
    const id = this.free.pop() ?? this.keys.length;
    if ((id + 1) * record > this.records.length) {
      const records = new Float64Array(this.records.length * 2);
      records.set(this.records);
      this.records = records;
    }
    this.keys[id] = key;
    this.rings[id] = undefined;
    const start = id * record;
    this.records[start + usedAt] = 0;
    this.records[start + headAt] = 0;
    this.records[start + lookedAt] = ++this.looks;
    this.ids.set(key, id);
    return id;
  }

  used(id: LogId): number {
    return this.records[id * record + usedAt] ?? 0;
  }

  /** @param nth in 0..used-1 */
  at(id: LogId, nth: number): number {
    const start = id * record;
    const head = this.records[start + headAt] ?? 0;
    if (head < 0) {
      const ring = this.ringOf(id);
      return ring[(nth - 1 - head) & (ring.length - 1)] ?? 0;
    }
    return this.records[start + timesAt + ((head + nth) % inRecord)] ?? 0;
  }

  /** Drops what was spent at `horizonMs` or before. Amortised O(1): each permit leaves once. */
  dropUntil(id: LogId, horizonMs: number): void {
    const start = id * record;
    let used = this.records[start + usedAt] ?? 0;
    if (used === 0 || this.at(id, 0) > horizonMs) return;
    if (this.at(id, used - 1) <= horizonMs) {
      this.records[start + usedAt] = 0;
      this.records[start + headAt] = 0;
      this.rings[id] = undefined;
      return;
    }
    const head = this.records[start + headAt] ?? 0;
    let left = 1;
    while (this.at(id, left) <= horizonMs) left += 1;
    used -= left;
    this.records[start + usedAt] = used;
    this.records[start + headAt] =
      head < 0 ? -1 - ((left - 1 - head) & (this.ringOf(id).length - 1)) : (head + left) % inRecord;
  }

  spend(id: LogId, permits: number, nowMs: number): void {
    const start = id * record;
    const used = this.records[start + usedAt] ?? 0;
    this.records[start + usedAt] = used + permits;
    const head = this.records[start + headAt] ?? 0;
    if (head >= 0 && used + permits <= inRecord) {
      for (let nth = used; nth < used + permits; nth += 1)
        this.records[start + timesAt + ((head + nth) % inRecord)] = nowMs;
      return;
    }
    const ring = this.ringFor(id, used, used + permits);
    const first = -1 - (this.records[start + headAt] ?? 0);
    for (let nth = used; nth < used + permits; nth += 1) ring[(first + nth) & (ring.length - 1)] = nowMs;
  }

  /** Removes logs that hold nothing later than `horizonMs`: all of them, or those of the next `most` places. O(most). */
  sweep(horizonMs: number, most = this.keys.length): void {
    for (let nth = Math.min(most, this.keys.length); nth > 0; nth -= 1) {
      this.swept = this.swept + 1 < this.keys.length ? this.swept + 1 : 0;
      if (this.keys[this.swept] !== undefined && this.newest(this.swept) <= horizonMs) this.remove(this.swept);
    }
  }

  clear(): void {
    this.ids.clear();
    this.free.length = this.keys.length = this.rings.length = 0;
    this.records = new Float64Array(firstRecords * record);
  }

  private newest(id: LogId): number {
    const used = this.used(id);
    return used === 0 ? -Infinity : this.at(id, used - 1);
  }

  /** At least half of the keys were not used in that many looks; a round of the hand finds them all. */
  private removeOneOfTheOldest(): void {
    const until = this.looks - Math.floor(this.maxKeys / 2);
    do this.hand = this.hand + 1 < this.keys.length ? this.hand + 1 : 0;
    while ((this.records[this.hand * record + lookedAt] ?? 0) > until || this.keys[this.hand] === undefined);
    this.remove(this.hand);
  }

  private remove(id: LogId): void {
    this.ids.delete(this.keys[id] ?? '');
    this.keys[id] = undefined;
    this.rings[id] = undefined;
    this.free.push(id);
  }

  private ringOf(id: LogId): Float64Array {
    return this.rings[id] ?? new Float64Array(firstRing);
  }

  /** A ring with room for `wanted`, and what is used in it. */
  private ringFor(id: LogId, used: number, wanted: number): Float64Array {
    const before = this.rings[id];
    if (before !== undefined && wanted <= before.length) return before;
    let length = before?.length ?? firstRing;
    while (length < wanted) length *= 2;
    const ring = new Float64Array(length);
    for (let nth = 0; nth < used; nth += 1) ring[nth] = this.at(id, nth);
    this.rings[id] = ring;
    this.records[id * record + headAt] = -1;
    return ring;
  }
}
