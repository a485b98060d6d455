const nonAscii = /\P{ASCII}/u;
const marks = /\p{M}+/gu;
const outsideWord = /[^\p{L}\p{N}]+/gu;

/**
 * Lower case, compatibility forms resolved (NFKD), accents and whatever is no letter or digit removed.
 * Idempotent. Cost: O(length); ASCII text takes a short path.
 */
export function fold(word: string): string {
  if (!nonAscii.test(word)) return word.toLowerCase();
  return word.normalize('NFKD').toLowerCase().normalize('NFKD').replace(marks, '').replace(outsideWord, '');
}
