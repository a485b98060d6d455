import { newStemmer } from 'snowball-stemmers';

import type { Language } from './language';
import { fold } from './fold';
import { StemCache } from './stem-cache';

const stemmers = { pt: newStemmer('portuguese'), en: newStemmer('english') };

/** Words of each half of a language's cache: 80,000 in all, some 10 MB. */
const cacheHalf = 20_000;

const caches = {
  pt: new StemCache(stemPortuguese, cacheHalf),
  en: new StemCache((word) => fold(stemmers.en.stem(word)), cacheHalf),
};

/**
 * Stem of a folded word. Words of any other language and with digits are their own stem.
 * Cost: a map look-up, or about 40 µs for a new word.
 */
export function stem(word: string, language: Language): string {
  if (language === 'other' || word.length < 3 || word.length > 40 || /\d/.test(word)) return word;
  return caches[language].get(word);
}

/**
 * Snowball needs the accents that people leave out when they type: plurals are brought to the singular first, then the
 * accents of the suffixes it looks for are put back, so `configuracoes` and `configuração` have one stem.
 */
function stemPortuguese(word: string): string {
  return fold(stemmers.pt.stem(restoreAccents(singular(word))));
}

function singular(word: string): string {
  if (word.endsWith('oes')) return `${word.slice(0, -3)}ao`;
  if (word.length > 4) {
    if (word.endsWith('ais')) return `${word.slice(0, -2)}l`;
    if (word.endsWith('veis')) return `${word.slice(0, -3)}el`;
    if (word.endsWith('ns')) return `${word.slice(0, -2)}m`;
  }
  return word;
}

function restoreAccents(word: string): string {
  if (word.endsWith('cao')) return `${word.slice(0, -3)}ção`;
  if (word.endsWith('ao')) return `${word.slice(0, -2)}ão`;
  if (word.endsWith('avel')) return `${word.slice(0, -4)}ável`;
  if (word.endsWith('ivel')) return `${word.slice(0, -4)}ível`;
  return word.replace(/([ae])nci(as?)$/, (_, vowel: string, end: string) => `${vowel === 'a' ? 'â' : 'ê'}nci${end}`);
}
