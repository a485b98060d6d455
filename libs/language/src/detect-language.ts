import { fold } from './fold';
import { stopWords } from './stop-words';

/** Languages with an analyser of their own; `other` is any other language, or a text that could be both. */
export type Language = 'pt' | 'en' | 'other';

export function detectLanguage(text: string): Language {
  let score = 0;
  for (const word of text.slice(0, 4000).split(/[^\p{L}\p{M}]+/u)) {
    const folded = fold(word);
    score += Number(stopWords.pt.has(folded)) - Number(stopWords.en.has(folded));
  }
  return score > 0 ? 'pt' : score < 0 ? 'en' : 'other';
}
