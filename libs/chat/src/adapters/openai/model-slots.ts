import { endedError, throwIfEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

export interface ModelSlotsOptions {
  readonly parallel: number;
  readonly maxWaiting: number;
}

/** Bounds the answers that are written at once. First come, first served; leaving the line frees the place at once. */
export class ModelSlots {
  private taken = 0;
  private readonly line = new Set<() => void>();

  constructor(private readonly options: ModelSlotsOptions) {}

  get inUse(): number {
    return this.taken;
  }

  get waiting(): number {
    return this.line.size;
  }

  /**
   * Takes a slot and gives what frees it: once, however often it is called, and by itself when the context ends, since a
   * reader may just stop reading. Errors: MODEL_OVERLOADED when the line is full, and those of the context's end.
   */
  async take(context: CallContext): Promise<() => void> {
    throwIfEnded(context);
    const { parallel, maxWaiting } = this.options;
    if (this.taken >= parallel) {
      if (this.line.size >= maxWaiting) {
        const detail = `${maxWaiting} requests wait for the language model already; retry later.`;
        throw fail('MODEL_OVERLOADED', detail, { retryAfterSeconds: 1 });
      }
      await this.queue(context);
    } else {
      this.taken++;
    }
    let isHeld = true;
    const free = (): void => {
      if (!isHeld) return;
      isHeld = false;
      context.signal.removeEventListener('abort', free);
      this.taken--;
      this.line.values().next().value?.();
    };
    context.signal.addEventListener('abort', free, { once: true });
    if (context.signal.aborted) {
      free();
      throw endedError(context);
    }
    return free;
  }

  private async queue(context: CallContext): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        this.line.delete(enter);
        context.signal.removeEventListener('abort', leave);
        this.taken++;
        resolve();
      };
      const leave = (): void => {
        this.line.delete(enter);
        reject(endedError(context));
      };
      context.signal.addEventListener('abort', leave, { once: true });
      this.line.add(enter);
    });
  }
}
