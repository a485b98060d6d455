import type { Awaitable } from '@acervo/kernel';

import type { Scope } from './client';

export interface NewApiKey {
  /** For people: who uses it. */
  readonly name: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  /** Names within the tenant. Undefined: all of them. */
  readonly collections: readonly string[] | undefined;
  /** Permits a minute by name of the limit; 0 is unlimited. */
  readonly limits: Readonly<Record<string, number>>;
  readonly expiresAt: Date | undefined;
}

export interface ApiKey extends NewApiKey {
  readonly id: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | undefined;
  /** `YYYY-MM-DD`, UTC. */
  readonly lastUsedOn: string | undefined;
}

/** What a server keeps in memory of a key. */
export interface ApiKeySecret extends ApiKey {
  /** SHA-256. */
  readonly hash: Buffer;
}

/** All valid ones are in the memory of every server. */
export const maxValidKeys = 100_000;

/**
 * Port: the keys of an installation. Any number of processes write at once: the command line adds and revokes keys
 * while servers run.
 *
 * Errors: STORE_NEWER, STORE_DAMAGED, STORE_UNAVAILABLE.
 */
export abstract class ApiKeyStore {
  /**
   * @returns `text` is the key itself, which cannot be had again
   * Errors: STORE_UNAVAILABLE, also when there are 100,000 valid keys.
   */
  abstract create(key: NewApiKey): Awaitable<{ readonly key: ApiKey; readonly text: string }>;
  /**
   * Takes over keys of another store, which go on working as they are. Those whose id is there stay untouched.
   *
   * @returns how many were added
   */
  abstract adopt(keys: readonly ApiKeySecret[]): Awaitable<number>;
  /** All that ever were, oldest first. */
  abstract list(): Awaitable<readonly ApiKey[]>;
  /** Undefined: there is no such key. Revoking twice changes nothing. */
  abstract revoke(id: string): Awaitable<ApiKey | undefined>;
  /** Of keys that may be used now. */
  abstract countValid(): Awaitable<number>;
  /** Keys that may be used now, with their hashes. */
  abstract listValid(): Awaitable<readonly ApiKeySecret[]>;
  /** Notes days of use. Skipped by whoever noted the same day already. */
  abstract markUsed(ids: Iterable<string>, day: string): Awaitable<void>;
  /** Another value after each change of what `listValid` gives by another process. Asked each second. */
  abstract version(): Awaitable<string>;
  abstract close(): Awaitable<void>;
}
