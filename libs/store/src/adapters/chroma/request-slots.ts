import { endedError, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

/**
 * Turns for requests: so many run at a time, so many wait in order of arrival. A caller who leaves gives up the place in
 * the line at once, so that those who left keep nobody out.
 */
export class RequestSlots {
  private readonly line = new Set<() => void>();
  private running = 0;

  constructor(
    private readonly parallel: number,
    private readonly maxWaiting: number,
  ) {}

  get waiting(): number {
    return this.line.size;
  }

  /** Errors: SERVER_OVERLOADED when too many wait, those of the context while waiting. */
  async run<T>(context: CallContext, work: () => Promise<T>): Promise<T> {
    if (this.running >= this.parallel) await this.wait(context);
    else this.running += 1;
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** The place of whoever leaves goes to the next in line as it is. */
  private leave(): void {
    const [next] = this.line;
    if (next === undefined) this.running -= 1;
    else next();
  }

  private async wait({ signal, ...context }: CallContext): Promise<void> {
    if (this.line.size >= this.maxWaiting)
      throw fail('SERVER_OVERLOADED', `More than ${this.maxWaiting} requests wait for Chroma: retry later.`);
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        this.line.delete(enter);
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.line.delete(enter);
        reject(endedError({ signal, ...context }));
      };
      this.line.add(enter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
