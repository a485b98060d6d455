/**
 * Clients by API key, from memory alone: all valid keys are held, and read again within a second of a change by any
 * process. What a header leads to is remembered until then, so that a request costs one look-up in a map.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { fail } from '@acervo/problem';

import { hashSecret, parseApiKey } from './api-key';
import type { ApiKeySecret, ApiKeyStore } from './api-key-store';
import { Identification, type Client } from './client';
import { presentedKey } from './presented-key';

export interface KeyIdentificationOptions {
  readonly store: ApiKeyStore;
  /** The keys of before stay in force. */
  readonly onFailure: (cause: unknown) => void;
}

interface HeldKey {
  readonly hash: Buffer;
  readonly expiresMs: number;
  readonly client: Client;
}

const refreshMs = 1_000;
/** Days of use are noted off the request path. */
const markUsedMs = 60_000;
/** Each valid key has one text. */
const maxTexts = 100_000;

export class KeyIdentification extends Identification {
  private keys = new Map<string, HeldKey>();
  private readonly texts = new Map<string, HeldKey>();
  private readonly used = new Set<string>();
  private version: string | undefined;
  private day = '';
  private isFailing = false;
  private readonly timers: readonly NodeJS.Timeout[];

  /** Errors: those of the store. */
  constructor(private readonly options: KeyIdentificationOptions) {
    super();
    this.refresh();
    this.timers = [
      setInterval(() => {
        this.guarded(() => {
          this.refresh();
        });
      }, refreshMs).unref(),
      setInterval(() => {
        this.guarded(() => {
          this.noteUse();
        });
      }, markUsedMs).unref(),
    ];
  }

  protected override find({ headers }: IncomingMessage): Client {
    const text = presentedKey(headers);
    if (text === undefined) throw fail('AUTH_REQUIRED');
    const key = this.texts.get(text) ?? this.verify(text);
    if (key === undefined || key.expiresMs <= Date.now()) throw fail('AUTH_INVALID');
    return key.client;
  }

  /** Reads the keys again if any changed. Called each second; O(keys) then. */
  refresh(): void {
    const { store } = this.options;
    const version = store.version();
    if (version === this.version) return;
    this.keys = new Map(store.listValid().map((key) => [key.id, hold(key)]));
    this.texts.clear();
    this.version = version;
  }

  override close(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.guarded(() => {
      this.noteUse();
    });
    this.options.store.close();
  }

  private verify(text: string): HeldKey | undefined {
    const given = parseApiKey(text);
    const key = given && this.keys.get(given.id);
    if (given === undefined || key === undefined || !timingSafeEqual(hashSecret(given.secret), key.hash)) {
      return undefined;
    }
    if (this.texts.size >= maxTexts) this.texts.clear();
    this.texts.set(text, key);
    this.used.add(given.id);
    return key;
  }

  private noteUse(): void {
    const today = new Date().toISOString().slice(0, 10);
    if (this.used.size > 0) this.options.store.markUsed(this.used, today);
    this.used.clear();
    // What is remembered is not noted again: each key once a day.
    if (today !== this.day) this.texts.clear();
    this.day = today;
  }

  /** Tells of the first failure of several in a row. */
  private guarded(work: () => void): void {
    try {
      work();
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.options.onFailure(error);
      this.isFailing = true;
    }
  }
}

function hold({ id, hash, tenant, scopes, collections, limits, expiresAt }: ApiKeySecret): HeldKey {
  return {
    hash,
    expiresMs: expiresAt?.getTime() ?? Infinity,
    client: {
      id: `key:${id}`,
      tenant,
      scopes: new Set(scopes),
      collections: collections && new Set(collections),
      limits,
    },
  };
}
