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
  private timers: readonly NodeJS.Timeout[] = [];
  private refreshing: Promise<void> | undefined;

  private constructor(private readonly options: KeyIdentificationOptions) {
    super();
  }

  /** Errors: those of the store. */
  static async open(options: KeyIdentificationOptions): Promise<KeyIdentification> {
    const identification = new KeyIdentification(options);
    await identification.refresh();
    identification.begin();
    return identification;
  }

  protected override find({ headers }: IncomingMessage): Client {
    const text = presentedKey(headers);
    if (text === undefined) throw fail('AUTH_REQUIRED');
    const key = this.texts.get(text) ?? this.verify(text);
    if (key === undefined || key.expiresMs <= Date.now()) throw fail('AUTH_INVALID');
    return key.client;
  }

  /** Reads the keys again if any changed. Called each second; O(keys) then. */
  async refresh(): Promise<void> {
    const { store } = this.options;
    const version = await store.version();
    if (version === this.version) return;
    const valid = await store.listValid();
    this.keys = new Map(valid.map((key) => [key.id, hold(key)]));
    this.texts.clear();
    this.version = version;
  }

  override async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.refreshing;
    await this.guarded(async () => this.noteUse());
    await this.options.store.close();
  }

  private begin(): void {
    this.timers = [
      setInterval(() => {
        this.refreshing ??= this.guarded(async () => this.refresh()).finally(() => {
          this.refreshing = undefined;
        });
      }, refreshMs).unref(),
      setInterval(() => {
        void this.guarded(async () => this.noteUse());
      }, markUsedMs).unref(),
    ];
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

  private async noteUse(): Promise<void> {
    const today = new Date().toISOString().slice(0, 10);
    const used = [...this.used];
    this.used.clear();
    if (used.length > 0) await this.options.store.markUsed(used, today);
    // What is remembered is not noted again: each key once a day.
    if (today !== this.day) this.texts.clear();
    this.day = today;
  }

  /** Tells of the first failure of several in a row. */
  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
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
