/** Strong entity tags of answers, RFC 9110, 8.8.3: one for each coding, for their bytes differ. */
import type { ContentCoding } from './coding';

/** 132 bits of the digest. */
const TAG_CHARACTERS = 22;
const DIGEST_CHARACTERS = 43;
const suffixes: Readonly<Record<ContentCoding, string>> = { identity: '', gzip: '-gzip', br: '-br' };

/** @param key of the cache: its digest is made of tenant, collection, generation and the canonical request */
export function entityTag(key: string, coding: ContentCoding): string {
  const digest = key.slice(-DIGEST_CHARACTERS);
  return `"${digest.slice(0, TAG_CHARACTERS)}${suffixes[coding]}"`;
}

/**
 * What of `If-None-Match` names the answer of `key`, in whatever coding it was sent; undefined when nothing does.
 * `*` names whatever there is.
 */
export function matchingTag(ifNoneMatch: string | undefined, key: string, coding: ContentCoding): string | undefined {
  if (ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch.trim() === '*') return entityTag(key, coding);
  const ours = (Object.keys(suffixes) as ContentCoding[]).map((each) => entityTag(key, each));
  // A proxy that compressed by itself made the tag weak; for GET they compare alike.
  const given = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return given.find((tag) => ours.includes(tag));
}
