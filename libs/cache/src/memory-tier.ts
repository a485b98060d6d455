/**
 * A map with a bound on entries and on bytes, for values that are looked up far more often than they are stored.
 *
 * What to keep is decided by W-TinyLFU. New entries start in a window (30 %), in order of use. Who falls out of it meets
 * the entry that the rest would lose next, and the one that was seen more often lately stays; a tie favours the old one,
 * so a scan or a loop over more keys than fit cannot wash the cache out. The rest has two segments: an entry on
 * probation is protected (80 % of the rest) once it is hit.
 * Measured against SIEVE, S3-FIFO, LRU and FIFO with `acervo bench cache`; the shares were fitted on those traces, see
 * docs/adr/0014-memory-cache-policy.md.
 *
 * Time is the wall clock, because entries carry the expiry of their origin in a tier that other machines share.
 */
import { coarseNow } from './coarse-clock';
import { EntryList, type ListedEntry } from './entry-list';
import { FrequencySketch, hashKey } from './frequency-sketch';

export interface MemoryTierOptions {
  /** At least 1. */
  readonly maxEntries: number;
  /** Keys, values and what an entry costs besides; at least 1. */
  readonly maxBytes: number;
  /** In ms since 1970. Default: the wall clock, at most 20 ms late. */
  readonly now?: () => number;
}

export interface MemoryTierStats {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  /** Entries that made room for others, and new ones that were not let in. */
  readonly evictions: number;
  readonly expired: number;
}

const WINDOW_SHARE = 0.3;
const PROTECTED_SHARE = 0.8;
/**
 * Entry object, slot of the map, headers of the key and of the buffer: measured with keys of 53 characters and buffers
 * of their own on Node 20.
 */
export const ENTRY_OVERHEAD_BYTES = 440;
/** Stale entries looked for with each `set`: whole passes follow from use, without a timer and without a pause. */
const SWEEP_STEPS = 2;

/**
 * `get` and `set` are O(1) and synchronous. `get` allocates nothing. Values are handed out as they were stored: neither
 * side may change them.
 */
export class MemoryTier<V> {
  private readonly entries = new Map<string, ListedEntry<V>>();
  private readonly window = new EntryList<V>();
  private readonly probation = new EntryList<V>();
  private readonly protected = new EntryList<V>();
  private readonly sketch: FrequencySketch;
  private readonly windowEntries: number;
  private readonly windowBytes: number;
  private readonly protectedEntries: number;
  private readonly protectedBytes: number;
  private readonly maxBytes: number;
  private readonly now: () => number;
  private bytes = 0;
  private sweeper = this.entries.values();
  private hits = 0;
  private misses = 0;
  private evictions = 0;
  private expired = 0;

  constructor(private readonly options: MemoryTierOptions) {
    if (!(options.maxEntries >= 1 && options.maxBytes >= 1)) {
      throw new RangeError('A memory tier holds at least one entry and one byte.');
    }
    const capacity = Math.min(options.maxEntries, Math.ceil(options.maxBytes / ENTRY_OVERHEAD_BYTES));
    this.sketch = new FrequencySketch(capacity);
    this.maxBytes = options.maxBytes - (options.maxBytes > this.sketch.bytes * 8 ? this.sketch.bytes : 0);
    this.windowEntries = Math.max(1, Math.round(options.maxEntries * WINDOW_SHARE));
    this.windowBytes = this.maxBytes * WINDOW_SHARE;
    this.protectedEntries = Math.floor((options.maxEntries - this.windowEntries) * PROTECTED_SHARE);
    this.protectedBytes = this.maxBytes * (1 - WINDOW_SHARE) * PROTECTED_SHARE;
    this.now = options.now ?? coarseNow;
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) {
      this.misses += 1;
      return undefined;
    }
    if (entry.expiresAtMs <= this.now()) {
      this.expire(entry);
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    this.sketch.add(entry.hash);
    this.touch(entry);
    return entry.value;
  }

  /**
   * @param valueBytes what the value takes; the key and the entry itself are added here
   * @returns false when the value was not let in: it is larger than the window, expired, or less asked for than others
   */
  set(key: string, value: V, valueBytes: number, expiresAtMs: number): boolean {
    this.sweep(SWEEP_STEPS);
    const bytes = valueBytes + key.length + ENTRY_OVERHEAD_BYTES;
    const known = this.entries.get(key);
    if (bytes > this.windowBytes || expiresAtMs <= this.now()) {
      if (known !== undefined) this.drop(known);
      return false;
    }
    if (known === undefined) this.insert(key, value, bytes, expiresAtMs);
    else this.replace(known, value, bytes, expiresAtMs);
    this.shrink();
    return this.entries.has(key);
  }

  delete(key: string): boolean {
    const entry = this.entries.get(key);
    if (entry !== undefined) this.drop(entry);
    return entry !== undefined;
  }

  /** Removes the entries whose key starts with `prefix`; how many. O(entries), except for all of them. */
  clear(prefix = ''): number {
    const before = this.entries.size;
    if (prefix === '') {
      this.entries.clear();
      for (const segment of [this.window, this.probation, this.protected]) segment.clear();
      this.bytes = 0;
      this.sketch.clear();
      return before;
    }
    for (const [key, entry] of this.entries) if (key.startsWith(prefix)) this.drop(entry);
    return before - this.entries.size;
  }

  /** Looks at the next `steps` entries in turn and removes the expired ones. */
  sweep(steps: number): void {
    const now = this.now();
    for (let step = 0; step < steps; step++) {
      const next = this.sweeper.next();
      if (next.done === true) {
        this.sweeper = this.entries.values();
        return;
      }
      if (next.value.expiresAtMs <= now) this.expire(next.value);
    }
  }

  stats(): MemoryTierStats {
    const { bytes, hits, misses, evictions, expired } = this;
    return { entries: this.entries.size, bytes, hits, misses, evictions, expired };
  }

  private touch(entry: ListedEntry<V>): void {
    if (entry.segment !== this.probation) {
      entry.segment.moveToFront(entry);
      return;
    }
    this.probation.remove(entry);
    this.protected.push(entry);
    this.demote();
  }

  private demote(): void {
    const { protected: segment } = this;
    while (segment.size > this.protectedEntries || segment.bytes > this.protectedBytes) {
      const { last } = segment;
      if (last === undefined) return;
      segment.remove(last);
      this.probation.push(last);
    }
  }

  private insert(key: string, value: V, bytes: number, expiresAtMs: number): void {
    const hash = hashKey(key);
    const { window } = this;
    const entry = { key, value, bytes, expiresAtMs, hash, segment: window, previous: undefined, next: undefined };
    this.sketch.add(hash);
    this.entries.set(key, entry);
    this.bytes += bytes;
    window.push(entry);
  }

  private replace(entry: ListedEntry<V>, value: V, bytes: number, expiresAtMs: number): void {
    this.bytes += bytes - entry.bytes;
    entry.segment.bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    entry.value = value;
    entry.expiresAtMs = expiresAtMs;
    this.sketch.add(entry.hash);
    this.touch(entry);
    this.demote();
  }

  private shrink(): void {
    while (this.window.size > this.windowEntries || this.window.bytes > this.windowBytes) {
      const candidate = this.window.last;
      if (candidate === undefined) break;
      this.window.remove(candidate);
      this.admit(candidate);
    }
    // A replaced value may be larger than the one before, and the window may be below its share.
    while (this.isOver()) {
      const victim = this.probation.last ?? this.protected.last ?? this.window.last;
      if (victim === undefined) return;
      this.drop(victim);
      this.evictions += 1;
    }
  }

  private admit(candidate: ListedEntry<V>): void {
    // From here on `remove` of its segment must find it somewhere.
    this.probation.push(candidate);
    while (this.isOver()) {
      const victim = this.victimBesides(candidate);
      const isWeaker =
        victim === undefined || this.sketch.estimate(candidate.hash) <= this.sketch.estimate(victim.hash);
      this.drop(isWeaker ? candidate : victim);
      this.evictions += 1;
      if (isWeaker) return;
    }
  }

  private victimBesides(candidate: ListedEntry<V>): ListedEntry<V> | undefined {
    const { last } = this.probation;
    return last === candidate ? this.protected.last : last;
  }

  private isOver(): boolean {
    return this.entries.size > this.options.maxEntries || this.bytes > this.maxBytes;
  }

  private expire(entry: ListedEntry<V>): void {
    this.drop(entry);
    this.expired += 1;
  }

  private drop(entry: ListedEntry<V>): void {
    this.entries.delete(entry.key);
    entry.segment.remove(entry);
    this.bytes -= entry.bytes;
  }
}
