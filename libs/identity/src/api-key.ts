/**
 * The text of an API key: `acervo_ID_SECRET`. The id finds the key, the secret proves it. Its last six characters are a
 * checksum over the rest, so that a truncated or mistyped key is known as one without a look-up; like the prefix it
 * also lets scanners for leaked secrets recognise keys.
 *
 * Only SHA-256 of the secret is kept. It holds 256 random bits: no guess comes near, so a slow hash would protect
 * nothing and would cost every first request milliseconds.
 */
import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

export interface ApiKeyText {
  readonly id: string;
  readonly secret: string;
}

const prefix = 'acervo_';
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 10;
/** 256 bits. */
const secretLength = 43;
const checksumLength = 6;
const pattern = new RegExp(`^${prefix}([0-9A-Za-z]{${idLength}})_([0-9A-Za-z]{${secretLength}})([0-9A-Za-z]{6})$`);

/** Another one at each call. */
export function newApiKey(): ApiKeyText {
  return { id: base62(randomBytes(7), idLength), secret: base62(randomBytes(32), secretLength) };
}

export function formatApiKey({ id, secret }: ApiKeyText): string {
  const body = `${prefix}${id}_${secret}`;
  return body + checksum(body);
}

/** Undefined for what is no whole key. */
export function parseApiKey(text: string): ApiKeyText | undefined {
  const [, id, secret] = pattern.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return checksum(text.slice(0, -checksumLength)) === text.slice(-checksumLength) ? { id, secret } : undefined;
}

/** 32 bytes. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

function checksum(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return base62(bytes, checksumLength);
}

/** Leading zeros up to `length`. */
function base62(bytes: Buffer, length: number): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  while (rest > 0n) {
    text = (digits[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text.padStart(length, '0');
}
