/** Streams that run, or that ended a moment ago, by their id. */
import { randomUUID } from 'node:crypto';

import { fail } from '@acervo/problem';

import type { EventRun } from './event-run';

export interface KeptStream<E> {
  readonly id: string;
  readonly owner: string;
  readonly conversationId: string;
  readonly collection: string;
  readonly question: string;
  readonly run: EventRun<E>;
  /** The conversation is kept here. */
  readonly isKept: boolean;
  /** It may be read again. */
  readonly keepsAfterEnd: boolean;
  isSaved: boolean;
}

export class StreamTable<E> {
  private readonly streams = new Map<string, KeptStream<E>>();

  constructor(
    private readonly maxStreams: number,
    private readonly keepMs: number,
  ) {}

  get size(): number {
    return this.streams.size;
  }

  /** Errors: SERVER_OVERLOADED when too many run; of those that ended, the oldest makes room. */
  add(stream: Omit<KeptStream<E>, 'id' | 'isSaved'>): KeptStream<E> {
    if (this.streams.size >= this.maxStreams) this.makeRoom();
    const kept = { ...stream, id: randomUUID(), isSaved: false };
    this.streams.set(kept.id, kept);
    return kept;
  }

  find(id: string, owner: string): KeptStream<E> | undefined {
    const stream = this.streams.get(id);
    return stream?.owner === owner ? stream : undefined;
  }

  /** Nobody reads it now: it goes after a while, or at once. */
  release(stream: KeptStream<E>): void {
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
    throw fail('SERVER_OVERLOADED', `${this.streams.size} chats run already: retry later.`);
  }
}
