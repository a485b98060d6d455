import { AnonymousIdentification } from './anonymous-identification';
import { ApiKeyStore } from './api-key-store';
import type { Identification } from './client';
import { KeyIdentification } from './key-identification';

export interface IdentificationOptions {
  readonly auth: 'off' | 'keys';
  /** Folder of the keys; must exist when `auth` is keys. */
  readonly directory: string;
  readonly trustedProxies: readonly string[];
  /** Of looking for changed keys: those of before stay in force. */
  readonly onFailure: (cause: unknown) => void;
}

/** A server waits no longer for a process that writes keys: it tries again later. */
const writeWaitMs = 50;

/** Close it. Errors: those of `ApiKeyStore`; TypeError for what is no address of a proxy. */
export function createIdentification({
  auth,
  directory,
  trustedProxies,
  onFailure,
}: IdentificationOptions): Identification {
  switch (auth) {
    case 'off':
      return new AnonymousIdentification(trustedProxies);
    case 'keys':
      return new KeyIdentification({ store: new ApiKeyStore(directory, writeWaitMs), onFailure });
    default:
      return auth satisfies never;
  }
}
