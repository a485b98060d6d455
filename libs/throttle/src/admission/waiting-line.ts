import { DeadlineHeap, type Dated } from './deadline-heap';

export interface Waiter extends Dated {
  readonly client: string;
}

/** A client that waits: its place in the ring, and what it waits with. */
interface Turn<W extends Waiter> {
  readonly client: string;
  readonly waiters: DeadlineHeap<W>;
  before: Turn<W>;
  after: Turn<W>;
}

/**
 * Who waits for work of one class. Clients take turns, one waiter a turn, whatever each waits with: a client that asks
 * for fifty at once gets no more than one that asks for one at a time. Within a client the earliest deadline goes first.
 *
 * Holds nothing of a client that does not wait. Cost: O(log n) in the waiters of a client.
 */
export class WaitingLine<W extends Waiter> {
  private readonly turns = new Map<string, Turn<W>>();
  /** Whose turn it is; the ring goes on by `after`. */
  private next: Turn<W> | undefined;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** That wait. */
  get clients(): number {
    return this.turns.size;
  }

  waitingOf(client: string): number {
    return this.turns.get(client)?.waiters.size ?? 0;
  }

  /** Waiters that will go before one that `client` adds now, when nobody else comes: at most that many. */
  aheadOf(client: string): number {
    const own = this.waitingOf(client);
    const others = own > 0 ? this.clients - 1 : this.clients;
    return Math.min(this.count, own + (own + 1) * others);
  }

  add(waiter: W): void {
    const turn = this.turns.get(waiter.client) ?? this.join(waiter.client);
    turn.waiters.add(waiter);
    this.count += 1;
  }

  /** False when it does not wait here any more. */
  remove(waiter: W): boolean {
    const turn = this.turns.get(waiter.client);
    if (turn?.waiters.remove(waiter) !== true) return false;
    this.count -= 1;
    if (turn.waiters.size === 0) this.leave(turn);
    return true;
  }

  takeNext(): W | undefined {
    const turn = this.next;
    const waiter = turn?.waiters.takeFirst();
    if (turn === undefined || waiter === undefined) return undefined;
    this.count -= 1;
    this.next = turn.after;
    if (turn.waiters.size === 0) this.leave(turn);
    return waiter;
  }

  /** At the end of the round. */
  private join(client: string): Turn<W> {
    const turn = { client, waiters: new DeadlineHeap<W>() } as Turn<W>;
    const after = this.next ?? turn;
    const before = this.next === undefined ? turn : after.before;
    turn.before = before;
    turn.after = after;
    before.after = turn;
    after.before = turn;
    this.next ??= turn;
    this.turns.set(client, turn);
    return turn;
  }

  private leave(turn: Turn<W>): void {
    this.turns.delete(turn.client);
    turn.before.after = turn.after;
    turn.after.before = turn.before;
    if (this.next === turn) this.next = turn.after === turn ? undefined : turn.after;
  }
}
