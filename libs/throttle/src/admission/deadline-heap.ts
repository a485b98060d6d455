export interface Dated {
  readonly deadlineMs: number;
}

/**
 * Items by their deadline, earliest first; of equal ones the first that came. A binary heap that knows where each item
 * lies, so that one may leave from the middle. Cost: O(log n), and O(1) for a look.
 */
export class DeadlineHeap<T extends Dated> {
  private readonly items: { readonly item: T; readonly arrival: number }[] = [];
  private readonly places = new Map<T, number>();
  private arrivals = 0;

  get size(): number {
    return this.items.length;
  }

  add(item: T): void {
    this.arrivals += 1;
    this.items.push({ item, arrival: this.arrivals });
    this.rise(this.items.length - 1);
  }

  takeFirst(): T | undefined {
    const first = this.items[0]?.item;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** False when it is not here. */
  remove(item: T): boolean {
    const place = this.places.get(item);
    if (place === undefined) return false;
    this.places.delete(item);
    const last = this.items.pop();
    if (last === undefined || place === this.items.length) return true;
    this.items[place] = last;
    this.rise(this.sink(place));
    return true;
  }

  private rise(place: number): void {
    let at = place;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.isBefore(parent, at)) break;
      this.swap(parent, at);
      at = parent;
    }
    this.note(at);
  }

  private sink(place: number): number {
    let at = place;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.items.length) break;
      if (child + 1 < this.items.length && this.isBefore(child + 1, child)) child += 1;
      if (this.isBefore(at, child)) break;
      this.swap(at, child);
      at = child;
    }
    this.note(at);
    return at;
  }

  private isBefore(one: number, other: number): boolean {
    const a = this.items[one];
    const b = this.items[other];
    if (a === undefined || b === undefined) throw new RangeError('There is no such place in the heap.');
    const byDeadline = a.item.deadlineMs - b.item.deadlineMs;
    return byDeadline < 0 || (byDeadline === 0 && a.arrival < b.arrival);
  }

  private swap(one: number, other: number): void {
    const a = this.items[one];
    const b = this.items[other];
    if (a === undefined || b === undefined) return;
    this.items[one] = b;
    this.items[other] = a;
    this.places.set(b.item, one);
    this.places.set(a.item, other);
  }

  private note(place: number): void {
    const entry = this.items[place];
    if (entry !== undefined) this.places.set(entry.item, place);
  }
}
