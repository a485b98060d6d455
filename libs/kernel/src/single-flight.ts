/**
 * Equal work is done once, however many wait for it.
 *
 * The first caller of a key starts the work; who comes while it runs waits for the same outcome. Each waits no longer
 * than its own context. The work has a context of its own: it ends when the last waiter has left, or with the longest
 * deadline among them, so neither the first caller's leaving nor its short deadline takes the answer from the others.
 * A failure goes to all who wait, as the same error. As soon as a flight is over or given up, the next call starts a new
 * one, even if the abandoned work never settles.
 */
import { throwIfEnded, untilEnded, type CallContext } from './call-context';

export interface Shared<T> {
  readonly value: T;
  /** Someone else had started the work. */
  readonly isJoined: boolean;
}

interface Flight<T> {
  readonly outcome: Promise<T>;
  /** Ends the work, if it is still under way. */
  readonly abandon: () => void;
  isSettled: boolean;
  waiters: number;
  deadlineMs: number;
}

export class SingleFlight<T> {
  private readonly flights = new Map<string, Flight<T>>();

  /** Keys under way: no more than there are callers. */
  get size(): number {
    return this.flights.size;
  }

  has(key: string): boolean {
    return this.flights.has(key);
  }

  /** Errors: those of `work`, the same object for all; REQUEST_CANCELLED or REQUEST_DEADLINE_EXCEEDED for one waiter. */
  async run(key: string, context: CallContext, work: (context: CallContext) => Promise<T>): Promise<Shared<T>> {
    throwIfEnded(context);
    const known = this.flights.get(key);
    const flight = known ?? this.start(key, context, work);
    flight.waiters += 1;
    flight.deadlineMs = Math.max(flight.deadlineMs, context.deadlineMs);
    try {
      return { value: await untilEnded(flight.outcome, context), isJoined: known !== undefined };
    } finally {
      flight.waiters -= 1;
      if (flight.waiters === 0) {
        this.forget(key, flight);
        if (!flight.isSettled) flight.abandon();
      }
    }
  }

  private start(
    key: string,
    { deadlineMs, client }: CallContext,
    work: (context: CallContext) => Promise<T>,
  ): Flight<T> {
    // Made when somebody looks at the signal: most work is a look into a cache that is over before anybody does.
    let controller: AbortController | undefined;
    let isAbandoned = false;
    const context: CallContext = {
      get signal() {
        controller ??= new AbortController();
        if (isAbandoned) controller.abort();
        return controller.signal;
      },
      // Grows while others join: work that looks again sees it.
      get deadlineMs() {
        return flight.deadlineMs;
      },
      // Of whoever asked first.
      client,
    };
    const outcome = Promise.resolve(context).then(work);
    const abandon = (): void => {
      isAbandoned = true;
      controller?.abort();
    };
    const flight: Flight<T> = { outcome, abandon, isSettled: false, waiters: 0, deadlineMs };
    this.flights.set(key, flight);
    const forget = (): void => {
      flight.isSettled = true;
      this.forget(key, flight);
    };
    // Also takes the failure of work that nobody waits for any more.
    outcome.then(forget, forget);
    return flight;
  }

  private forget(key: string, flight: Flight<T>): void {
    if (this.flights.get(key) === flight) this.flights.delete(key);
  }
}
