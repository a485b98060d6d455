/** What an entry of the memory tier knows; `previous` and `next` are its neighbours in its segment. */
export interface ListedEntry<V> {
  readonly key: string;
  value: V;
  bytes: number;
  expiresAtMs: number;
  readonly hash: number;
  segment: EntryList<V>;
  previous: ListedEntry<V> | undefined;
  next: ListedEntry<V> | undefined;
}

/** A doubly linked list in order of use, most recent first; an entry is in one list at most. Every step is O(1). */
export class EntryList<V> {
  private first: ListedEntry<V> | undefined;
  last: ListedEntry<V> | undefined;
  size = 0;
  bytes = 0;

  push(entry: ListedEntry<V>): void {
    entry.segment = this;
    entry.previous = undefined;
    entry.next = this.first;
    if (this.first === undefined) this.last = entry;
    else this.first.previous = entry;
    this.first = entry;
    this.size += 1;
    this.bytes += entry.bytes;
  }

  remove(entry: ListedEntry<V>): void {
    if (entry.previous === undefined) this.first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.last = entry.previous;
    else entry.next.previous = entry.previous;
    this.size -= 1;
    this.bytes -= entry.bytes;
  }

  moveToFront(entry: ListedEntry<V>): void {
    if (this.first === entry) return;
    this.remove(entry);
    this.push(entry);
  }

  clear(): void {
    this.first = undefined;
    this.last = undefined;
    this.size = 0;
    this.bytes = 0;
  }
}
