export interface TierWrite {
  readonly key: string;
  /** Of a codec; the tier does not look inside. */
  readonly bytes: Buffer;
  /** In ms since 1970; the tier gives nothing back after it. */
  readonly expiresAtMs: number;
}

export interface TierUsage {
  /** Undefined where counting would cost a scan. */
  readonly entries?: number;
  readonly bytes?: number;
  /** Entries that made room for others. */
  readonly evictions: number;
  /** How often the whole tier was found unusable and begun anew. */
  readonly rebuilt: number;
  /** Writes that the technology refused while it answered reads, such as a full Redis. */
  readonly refusedWrites: number;
}

/** Gives a lease back; harmless when it has run out. */
export type ReleaseLease = () => Promise<void>;

/**
 * Bytes by key outside of the process. One call is one round trip. Implementations reject when the technology fails and
 * need no time limits of their own: GuardedTier gives them one, and a breaker.
 */
export abstract class CacheTier {
  abstract readonly name: 'redis' | 'disk';
  /** Other processes see the same entries, and leases work. */
  abstract readonly isShared: boolean;
  /** In the order of `keys`; undefined for what is not there or has expired. */
  abstract getMany(keys: readonly string[]): Promise<(Buffer | undefined)[]>;
  /**
   * One of them, for the path of requests; one of the two is called, later than this returns. With callbacks, for each
   * promise between a request and its answer costs a fiftieth of a round trip.
   */
  look(key: string, onBytes: (bytes: Buffer | undefined) => void, onFailure: (error: unknown) => void): void {
    this.getMany([key]).then(([bytes]) => {
      onBytes(bytes);
    }, onFailure);
  }
  abstract setMany(writes: readonly TierWrite[]): Promise<void>;
  abstract deleteMany(keys: readonly string[]): Promise<void>;
  /** Removes what starts with `prefix`. */
  abstract clear(prefix: string): Promise<void>;
  /** The right to compute `key`, for `ttlMs` at most; undefined while someone else has it. */
  abstract tryLease(key: string, ttlMs: number): Promise<ReleaseLease | undefined>;
  abstract usage(): Promise<TierUsage>;
  /** One round trip. */
  abstract checkHealth(): Promise<void>;
  /** Called when several calls failed in a row: whatever connection there is may be dead. */
  abstract recover(): void;
  abstract close(): Promise<void>;
}
