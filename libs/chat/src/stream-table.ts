/** Streams that run, or that ended a moment ago, by their id. */
import { randomUUID } from 'node:crypto';

import { fail } from '@acervo/problem';

import type { EventRun } from './event-run';

export interface KeptStream<E> {
  readonly id: string;
  readonly owner: string;
  readonly run: EventRun<E>;
  /** It may be read again. */
  readonly keepsAfterEnd: boolean;
}

export class StreamTable<E, S extends KeptStream<E> = KeptStream<E>> {
  private readonly streams = new Map<string, S>();

  constructor(
    private readonly maxStreams: number,
    private readonly keepMs: number,
  ) {}

  get size(): number {
    return this.streams.size;
  }

  /**
   * Errors: SERVER_OVERLOADED when too many run; of those that ended, the oldest makes room.
   *
   * @param make given the id of the stream
   */
  add(make: (id: string) => S): S {
    if (this.streams.size >= this.maxStreams) this.makeRoom();
    const kept = make(randomUUID());
    this.streams.set(kept.id, kept);
    return kept;
  }

  find(id: string, owner: string): S | undefined {
    const stream = this.streams.get(id);
    return stream?.owner === owner ? stream : undefined;
  }

  /** Nobody reads it now: it goes after a while, or at once. */
  release(stream: S): void {
    const forget = (): void => {
      this.streams.delete(stream.id);
    };
    if (!stream.keepsAfterEnd) forget();
    else void stream.run.ended.then(() => setTimeout(forget, this.keepMs).unref());
  }

  private makeRoom(): void {
    for (const stream of this.streams.values()) {
      if (stream.run.isRunning) continue;
      this.streams.delete(stream.id);
      return;
    }
    throw fail('SERVER_OVERLOADED', `${this.streams.size} answers are written already: retry later.`);
  }
}
