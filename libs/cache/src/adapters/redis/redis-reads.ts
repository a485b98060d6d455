import type { RedisConnection } from './redis-connection';

export interface RedisRead {
  readonly key: string;
  readonly onBytes: (bytes: Buffer | undefined) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Bounds the answer that one command makes the server send in a piece. */
const MAX_KEYS = 32;

/**
 * Single reads of one turn of the event loop in one command. The client writes to the socket at the end of a turn in any
 * case, so nothing waits for that, and each read of a batch is spared the command, its promises and its parsing.
 */
export class RedisReads {
  private waiting: RedisRead[] = [];

  constructor(private readonly connection: RedisConnection) {}

  add(read: RedisRead): void {
    if (this.waiting.push(read) === 1) process.nextTick(this.send);
  }

  private readonly send = (): void => {
    const { waiting } = this;
    this.waiting = [];
    if (waiting.length <= MAX_KEYS) this.read(waiting);
    else for (let at = 0; at < waiting.length; at += MAX_KEYS) this.read(waiting.slice(at, at + MAX_KEYS));
  };

  /** `sendCommand`: the named commands of the client add a parser and two promises to each call. */
  private read(reads: readonly RedisRead[]): void {
    const onFailure = (error: unknown): void => {
      for (const read of reads) read.onFailure(error);
    };
    try {
      const { client } = this.connection;
      const [first] = reads;
      if (reads.length === 1 && first !== undefined) {
        client.sendCommand<Buffer | null>(['GET', first.key]).then((value) => {
          first.onBytes(value ?? undefined);
        }, onFailure);
        return;
      }
      client.sendCommand<(Buffer | null)[]>(['MGET', ...reads.map(({ key }) => key)]).then((values) => {
        for (let nth = 0; nth < reads.length; nth++) reads[nth]?.onBytes(values[nth] ?? undefined);
      }, onFailure);
    } catch (error) {
      onFailure(error);
    }
  }
}
