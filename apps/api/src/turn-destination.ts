/** Where a logger writes: `pino.destination` has it. */
interface LineWriter {
  write(text: string): unknown;
  flushSync?(): void;
}

/** Of one write, in characters. */
const maxPending = 65_536;

/**
 * The lines of one turn of the event loop in one write: a write each cost a busy server more than making them. They
 * leave before the next turn begins, when the process exits, and after a fatal line; in their order.
 */
export class TurnDestination {
  private pending = '';

  constructor(private readonly target: LineWriter) {
    process.once('exit', this.flushSync);
  }

  write(line: string): void {
    if (this.pending === '') setImmediate(this.flush);
    this.pending += line;
    if (this.pending.length > maxPending) this.flush();
  }

  /** pino calls it after a fatal line. */
  readonly flushSync = (): void => {
    this.flush();
    this.target.flushSync?.();
  };

  private readonly flush = (): void => {
    if (this.pending === '') return;
    const { pending } = this;
    this.pending = '';
    this.target.write(pending);
  };
}
