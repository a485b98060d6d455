/**
 * Work that tells about itself in events, and whoever reads along: from the beginning, or from where they stopped.
 * The work ends when the last reader has left, unless it was begun to go on alone.
 */
import { endedError, startCall, type CallContext } from '@acervo/kernel';

export interface RunOptions {
  /** The work ends after this, with REQUEST_DEADLINE_EXCEEDED for all who read. */
  readonly timeoutMs: number;
  /** It goes on although nobody reads: a client may come back. */
  readonly goesOnAlone: boolean;
}

type State = { readonly kind: 'running' | 'done' } | { readonly kind: 'failed'; readonly error: unknown };

export class EventRun<E> {
  private readonly events: E[] = [];
  private readonly call;
  private state: State = { kind: 'running' };
  private waiting: (() => void)[] = [];
  private readers = 0;
  /** Settles with the work; never rejects. */
  readonly ended: Promise<void>;

  constructor(
    work: (context: CallContext) => AsyncIterable<E> | Iterable<E>,
    private readonly options: RunOptions,
  ) {
    this.call = startCall(options.timeoutMs);
    this.ended = this.follow(work);
  }

  get isRunning(): boolean {
    return this.state.kind === 'running';
  }

  get hasFailed(): boolean {
    return this.state.kind === 'failed';
  }

  /** @param from number of the first event wanted. Errors: those of the work, and of the reader's own context. */
  async *read(context: CallContext, from = 0): AsyncGenerator<{ readonly event: E; readonly number: number }> {
    this.readers += 1;
    const wake = (): void => {
      this.wakeAll();
    };
    context.signal.addEventListener('abort', wake, { once: true });
    try {
      for (let number = from; ; number++) {
        while (number >= this.events.length && this.state.kind === 'running' && !context.signal.aborted)
          await new Promise<void>((resolve) => this.waiting.push(resolve));
        if (context.signal.aborted) throw endedError(context);
        const event = this.events[number];
        if (event !== undefined) yield { event, number };
        else if (this.state.kind === 'failed') throw this.state.error;
        else return;
      }
    } finally {
      context.signal.removeEventListener('abort', wake);
      this.readers -= 1;
      if (this.readers === 0 && this.isRunning && !this.options.goesOnAlone) this.abandon();
    }
  }

  private abandon(): void {
    this.call.cancel();
    this.state = { kind: 'failed', error: endedError(this.call.context) };
  }

  private async follow(work: (context: CallContext) => AsyncIterable<E> | Iterable<E>): Promise<void> {
    try {
      for await (const event of work(this.call.context) as AsyncIterable<E>) {
        this.events.push(event);
        this.wakeAll();
      }
      if (this.isRunning) this.state = { kind: 'done' };
    } catch (error) {
      if (this.isRunning) this.state = { kind: 'failed', error };
    } finally {
      this.call.end();
      this.wakeAll();
    }
  }

  private wakeAll(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resume of waiting) resume();
  }
}
