import { endedError, throwIfEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import type { TextKind } from '../../embedder';

export interface RequestSlotsOptions {
  readonly parallel: number;
  readonly maxWaiting: number;
}

/**
 * Bounds the requests in flight. Queries go first, and passages leave one slot to them (when there are two or more).
 * Leaving the waiting line by abort frees the place at once.
 */
export class RequestSlots {
  private readonly taken: Record<TextKind, number> = { query: 0, passage: 0 };
  private readonly lines: Record<TextKind, Set<() => void>> = { query: new Set(), passage: new Set() };

  constructor(private readonly options: RequestSlotsOptions) {}

  /** Runs `work` in a slot. Errors: EMBEDDING_OVERLOADED when the line is full, and those of the context's end. */
  async run<T>(kind: TextKind, context: CallContext, work: () => Promise<T>): Promise<T> {
    await this.acquire(kind, context);
    try {
      return await work();
    } finally {
      this.taken[kind]--;
      this.admit();
    }
  }

  private async acquire(kind: TextKind, context: CallContext): Promise<void> {
    throwIfEnded(context);
    const line = this.lines[kind];
    if (line.size === 0 && this.isFree(kind)) {
      this.taken[kind]++;
      return;
    }
    if (line.size >= this.options.maxWaiting) {
      throw fail('EMBEDDING_OVERLOADED', `${line.size} requests wait for the embedding server already; retry later.`);
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        line.delete(enter);
        context.signal.removeEventListener('abort', leave);
        this.taken[kind]++;
        resolve();
      };
      const leave = (): void => {
        line.delete(enter);
        reject(endedError(context));
      };
      context.signal.addEventListener('abort', leave, { once: true });
      line.add(enter);
    });
  }

  private admit(): void {
    for (const kind of ['query', 'passage'] as const) {
      for (const enter of this.lines[kind]) {
        if (!this.isFree(kind)) break;
        enter();
      }
    }
  }

  private isFree(kind: TextKind): boolean {
    const { parallel } = this.options;
    const isSlotLeft = this.taken.query + this.taken.passage < parallel;
    return isSlotLeft && (kind === 'query' || this.taken.passage < Math.max(1, parallel - 1));
  }
}
