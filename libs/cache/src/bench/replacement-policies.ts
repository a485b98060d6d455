/**
 * Baselines to compare the memory tier with: each answers how many requests of a trace a cache of `capacity` keys hits.
 * Kept for the comparison only; the product uses MemoryTier.
 */
export type Policy = (trace: Int32Array, capacity: number) => number;

export function fifoHits(trace: Int32Array, capacity: number): number {
  const cached = new Set<number>();
  let hits = 0;
  for (const key of trace) {
    if (cached.has(key)) hits += 1;
    else {
      if (cached.size >= capacity) dropFirst(cached);
      cached.add(key);
    }
  }
  return hits;
}

export function lruHits(trace: Int32Array, capacity: number): number {
  const cached = new Set<number>();
  let hits = 0;
  for (const key of trace) {
    if (cached.delete(key)) hits += 1;
    else if (cached.size >= capacity) dropFirst(cached);
    cached.add(key);
  }
  return hits;
}

/** Zhang et al., "SIEVE is Simpler than LRU" (NSDI 2024): a queue that nothing moves in, and a hand that spares visited keys. */
export function sieveHits(trace: Int32Array, capacity: number): number {
  const slots = new Map<number, number>();
  // A ring in order of arrival would need a gap closed for each eviction; links of array slots do not.
  const keys = new Int32Array(capacity);
  const isVisited = new Uint8Array(capacity);
  const newer = new Int32Array(capacity).fill(-1);
  const older = new Int32Array(capacity).fill(-1);
  let newest = -1;
  let oldest = -1;
  let hand = -1;
  let hits = 0;
  const unlink = (slot: number): void => {
    const before = newer[slot] ?? -1;
    const after = older[slot] ?? -1;
    if (before >= 0) older[before] = after;
    else newest = after;
    if (after >= 0) newer[after] = before;
    else oldest = before;
  };
  for (const key of trace) {
    const known = slots.get(key);
    if (known !== undefined) {
      isVisited[known] = 1;
      hits += 1;
      continue;
    }
    let slot = slots.size;
    if (slot >= capacity) {
      slot = hand >= 0 ? hand : oldest;
      while (isVisited[slot] === 1) {
        isVisited[slot] = 0;
        const next = newer[slot] ?? -1;
        slot = next >= 0 ? next : oldest;
      }
      hand = newer[slot] ?? -1;
      slots.delete(keys[slot] ?? -1);
      unlink(slot);
    }
    keys[slot] = key;
    isVisited[slot] = 0;
    newer[slot] = -1;
    older[slot] = newest;
    if (newest >= 0) newer[newest] = slot;
    else oldest = slot;
    newest = slot;
    slots.set(key, slot);
  }
  return hits;
}

/**
 * Yang et al., "FIFO queues are all you need for cache eviction" (SOSP 2023): a small queue (10 %), a main queue with
 * second chances, and a ghost queue of keys that left the small one unasked.
 */
export function s3FifoHits(trace: Int32Array, capacity: number): number {
  const smallCapacity = Math.max(1, Math.round(capacity * 0.1));
  const mainCapacity = Math.max(1, capacity - smallCapacity);
  const small = new Map<number, number>();
  const main = new Map<number, number>();
  const ghost = new Set<number>();
  let hits = 0;
  const evictMain = (): void => {
    for (const [key, uses] of main) {
      main.delete(key);
      if (uses === 0) return;
      main.set(key, uses - 1);
    }
  };
  const evictSmall = (): void => {
    for (const [key, uses] of small) {
      small.delete(key);
      if (uses > 1) {
        main.set(key, 0);
        if (main.size > mainCapacity) evictMain();
        continue;
      }
      ghost.add(key);
      if (ghost.size > mainCapacity) dropFirst(ghost);
      return;
    }
  };
  for (const key of trace) {
    const queue = small.has(key) ? small : main;
    const uses = queue.get(key);
    if (uses !== undefined) {
      queue.set(key, Math.min(3, uses + 1));
      hits += 1;
      continue;
    }
    while (small.size + main.size >= capacity) {
      if (small.size >= smallCapacity || main.size === 0) evictSmall();
      else evictMain();
    }
    (ghost.delete(key) ? main : small).set(key, 0);
  }
  return hits;
}

/**
 * The bound that no policy without knowledge of the future passes: drop what is asked for again last.
 * Source: Belady, "A study of replacement algorithms for a virtual-storage computer" (1966). O(n log n).
 */
export function beladyHits(trace: Int32Array, capacity: number): number {
  const nextUse = nextUses(trace);
  const cached = new Map<number, number>();
  const byNextUse = new LatestFirst();
  let hits = 0;
  trace.forEach((key, at) => {
    if (cached.has(key)) hits += 1;
    else if (cached.size >= capacity) dropLatest(cached, byNextUse);
    const next = nextUse[at] ?? trace.length;
    cached.set(key, next);
    byNextUse.push(next, key);
  });
  return hits;
}

/** Where the key of each request comes again; `trace.length` for never. */
function nextUses(trace: Int32Array): Int32Array {
  const uses = new Int32Array(trace.length);
  const seenAt = new Map<number, number>();
  for (let at = trace.length - 1; at >= 0; at--) {
    const key = trace[at] ?? 0;
    uses[at] = seenAt.get(key) ?? trace.length;
    seenAt.set(key, at);
  }
  return uses;
}

/** The heap also holds what was true before: a pair counts only while the map says the same. */
function dropLatest(cached: Map<number, number>, byNextUse: LatestFirst): void {
  for (let pair = byNextUse.pop(); pair !== undefined; pair = byNextUse.pop()) {
    if (cached.get(pair.key) === pair.nextUse) {
      cached.delete(pair.key);
      return;
    }
  }
}

interface Use {
  readonly nextUse: number;
  readonly key: number;
}

/** A binary heap. */
class LatestFirst {
  private readonly uses: Use[] = [];

  push(nextUse: number, key: number): void {
    const { uses } = this;
    let at = uses.push({ nextUse, key }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isLater(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): Use | undefined {
    const { uses } = this;
    const top = uses[0];
    const last = uses.pop();
    if (last === undefined || uses.length === 0) return top;
    uses[0] = last;
    for (let at = 0; ;) {
      let latest = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (this.isLater(child, latest)) latest = child;
      if (latest === at) return top;
      this.swap(at, latest);
      at = latest;
    }
  }

  private isLater(at: number, than: number): boolean {
    return (this.uses[at]?.nextUse ?? -1) > (this.uses[than]?.nextUse ?? -1);
  }

  private swap(a: number, b: number): void {
    const { uses } = this;
    const [first, second] = [uses[a], uses[b]];
    if (first === undefined || second === undefined) return;
    uses[a] = second;
    uses[b] = first;
  }
}

function dropFirst(keys: Set<number>): void {
  for (const key of keys) {
    keys.delete(key);
    return;
  }
}
