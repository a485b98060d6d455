/**
 * Who may compute now, who waits, and who is told at once to come back later.
 *
 * A search needs a model, an index and a processor. Beyond what these take at a time, more searches at once make all of
 * them slower and none of them more; and a queue without an end serves only those that gave up long ago. So a bounded
 * number runs (`permits`), a bounded number waits, and whoever would wait in vain is refused while that is still cheap.
 *
 * Invariants: nobody waits while a permit is free that it may have; classes share by weight, clients of a class take
 * turns, waiters of a client go by deadline; a client waits with no more than what it leaves free, so that there is
 * always room for another. Whoever leaves while waiting, or is past its deadline, is gone at once.
 *
 * A permit is for one computation that waits for no other permit: nested ones would wait for each other.
 */
import type { DomainError } from '@acervo/kernel';
import { endedError, remainingMs, throwIfEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { ClassTurns, workClasses, type WorkClass } from './class-turns';
import { ServiceTimes } from './service-times';
import { WaitingLine, type Waiter } from './waiting-line';

export interface AdmissionOptions {
  /** Computations at the same time. */
  readonly permits: number;
  /** Of those, the most that the background may have; default half, at least one. */
  readonly backgroundPermits?: number;
  /** That wait, of each class; default ten for each permit. */
  readonly maxWaiting?: number;
}

export interface AdmissionLoad {
  readonly permits: number;
  readonly running: number;
  readonly waiting: number;
  readonly waitingByClass: Readonly<Record<WorkClass, number>>;
  /** Since the start: given a permit, refused for overload, left while they waited. */
  readonly admitted: number;
  readonly refused: number;
  readonly left: number;
}

interface Applicant extends Waiter {
  readonly workClass: WorkClass;
  readonly context: CallContext;
  readonly enter: () => void;
  readonly give: (error: DomainError) => void;
}

/** Shares its turns among all that have no name. */
const unnamedClient = '';
const waitersPerPermit = 10;
const maxRetryAfterSeconds = 60;

export class Admission {
  private readonly permits: number;
  private readonly backgroundPermits: number;
  private readonly maxWaiting: number;
  private readonly lines: Readonly<Record<WorkClass, WaitingLine<Applicant>>> = {
    search: new WaitingLine(),
    chat: new WaitingLine(),
    research: new WaitingLine(),
    background: new WaitingLine(),
  };
  private readonly turns = new ClassTurns();
  private readonly times = new ServiceTimes();
  private running = 0;
  private runningInBackground = 0;
  private admitted = 0;
  private refused = 0;
  private left = 0;
  private isClosed = false;

  constructor({ permits, backgroundPermits, maxWaiting }: AdmissionOptions) {
    this.permits = permits;
    this.backgroundPermits = backgroundPermits ?? Math.max(1, Math.floor(permits / 2));
    this.maxWaiting = maxWaiting ?? permits * waitersPerPermit;
  }

  get load(): AdmissionLoad {
    const { permits, running, admitted, refused, left, lines } = this;
    const waitingByClass = {
      search: lines.search.size,
      chat: lines.chat.size,
      research: lines.research.size,
      background: lines.background.size,
    };
    const waiting = workClasses.reduce((sum, workClass) => sum + waitingByClass[workClass], 0);
    return { permits, running, waiting, waitingByClass, admitted, refused, left };
  }

  /**
   * Runs `work` with a permit for the client of `context`, as soon as it is its turn.
   *
   * Errors: SERVER_OVERLOADED at once, with `retryAfterSeconds`, when too many wait or the deadline would pass first;
   * REQUEST_CANCELLED, REQUEST_DEADLINE_EXCEEDED while it waits; SERVER_NOT_READY once closed; those of `work`.
   *
   * @param work told how many ms it waited
   */
  async run<T>(workClass: WorkClass, context: CallContext, work: (waitedMs: number) => Promise<T>): Promise<T> {
    throwIfEnded(context);
    this.throwIfClosed();
    const waitedMs = this.mayEnter(workClass) ? this.enter(workClass) : await this.wait(workClass, context);
    const startedMs = performance.now();
    try {
      return await work(waitedMs);
    } finally {
      this.times.add(workClass, performance.now() - startedMs);
      this.leave(workClass);
    }
  }

  /** What `run` would say now, in well under a microsecond: 0 when it takes the work, else the Retry-After in seconds. */
  refusesFor(workClass: WorkClass, client: string | undefined, leftMs: number): number {
    if (this.mayEnter(workClass)) return 0;
    const line = this.lines[workClass];
    const own = client ?? unnamedClient;
    const waitMs = this.expectedWaitMs(workClass, line.aheadOf(own) + 1);
    const isFull = line.waitingOf(own) >= this.maxWaiting - line.size;
    const missingMs = waitMs + this.times.of(workClass) - leftMs;
    if (!isFull && missingMs <= 0) return 0;
    return inSeconds(isFull ? this.expectedWaitMs(workClass, line.size) : missingMs);
  }

  /** Whoever waits is told that the server stops; what runs goes on. */
  close(): void {
    this.isClosed = true;
    for (const workClass of workClasses) {
      for (
        let waiter = this.lines[workClass].takeNext();
        waiter !== undefined;
        waiter = this.lines[workClass].takeNext()
      )
        waiter.give(stopping());
    }
  }

  private mayEnter(workClass: WorkClass): boolean {
    if (this.running >= this.permits) return false;
    return workClass !== 'background' || this.runningInBackground < this.backgroundPermits;
  }

  private enter(workClass: WorkClass): number {
    this.running += 1;
    if (workClass === 'background') this.runningInBackground += 1;
    this.admitted += 1;
    return 0;
  }

  private leave(workClass: WorkClass): void {
    this.running -= 1;
    if (workClass === 'background') this.runningInBackground -= 1;
    this.admitNext();
  }

  private async wait(workClass: WorkClass, context: CallContext): Promise<number> {
    const client = context.client ?? unnamedClient;
    const retryAfterSeconds = this.refusesFor(workClass, client, remainingMs(context));
    if (retryAfterSeconds > 0) {
      this.refused += 1;
      throw overloaded(retryAfterSeconds);
    }
    const line = this.lines[workClass];
    const sinceMs = performance.now();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        if (!line.remove(applicant)) return;
        this.left += 1;
        reject(endedError(context));
      };
      const applicant: Applicant = {
        workClass,
        client,
        context,
        deadlineMs: context.deadlineMs,
        enter: () => {
          context.signal.removeEventListener('abort', onAbort);
          resolve();
        },
        give: (error) => {
          context.signal.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      if (line.size === 0) this.turns.begin(workClass);
      line.add(applicant);
      context.signal.addEventListener('abort', onAbort, { once: true });
    });
    return performance.now() - sinceMs;
  }

  private admitNext(): void {
    for (;;) {
      const workClass = this.turns.next((one) => this.lines[one].size > 0 && this.mayEnter(one));
      const applicant = workClass && this.lines[workClass].takeNext();
      if (applicant === undefined) return;
      if (remainingMs(applicant.context) === 0) {
        // Its timer has not fired yet, or it has none.
        this.left += 1;
        applicant.give(endedError(applicant.context));
        continue;
      }
      this.turns.take(applicant.workClass);
      this.enter(applicant.workClass);
      applicant.enter();
    }
  }

  /** Until the `nth` waiter of a class has a permit, others having their share meanwhile. */
  private expectedWaitMs(workClass: WorkClass, nth: number): number {
    let workMs = 0;
    for (const other of workClasses) {
      const turns =
        other === workClass ? nth : Math.min(this.lines[other].size, this.turns.turnsOf(other, workClass, nth));
      if (turns > 0) workMs += turns * this.times.of(other);
    }
    return workMs / (workClass === 'background' ? Math.min(this.permits, this.backgroundPermits) : this.permits);
  }

  private throwIfClosed(): void {
    if (this.isClosed) throw stopping();
  }
}

function inSeconds(ms: number): number {
  return Math.min(maxRetryAfterSeconds, Math.max(1, Math.ceil(ms / 1_000)));
}

function stopping(): DomainError {
  return fail('SERVER_NOT_READY', 'This server stops: ask another one.');
}

/** What a client that is refused reads, here and at the door. */
export function overloaded(retryAfterSeconds: number): DomainError {
  return fail(
    'SERVER_OVERLOADED',
    'More work waits than this server can do in time: retry after the time in Retry-After.',
    {
      retryAfterSeconds,
    },
  );
}
