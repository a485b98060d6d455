import type { DiagLogger } from '@opentelemetry/api';

const everyMs = 60_000;

/** What the SDK complains of: at most once a minute, for a collector that is away fails every few seconds. */
export class SdkComplaints implements DiagLogger {
  private toldMs = -Infinity;
  private untold = 0;

  constructor(
    private readonly onProblem: (message: string) => void,
    private readonly now = (): number => performance.now(),
  ) {}

  error(message: string): void {
    this.warn(message);
  }

  warn(message: string): void {
    if (this.now() - this.toldMs < everyMs) {
      this.untold += 1;
      return;
    }
    this.toldMs = this.now();
    this.onProblem(this.untold === 0 ? message : `${message} (${this.untold} more since the last one)`);
    this.untold = 0;
  }

  info(): void {
    // Of the life of the SDK: nobody asked.
  }
  debug(): void {
    // As above.
  }
  verbose(): void {
    // As above.
  }
}
