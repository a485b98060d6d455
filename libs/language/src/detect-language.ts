/**
 * Portuguese, English or neither, for questions of two words as well as for documents.
 *
 * Function words decide where there are any; the letter triples of the other words decide the rest ("Configuração do
 * ambiente" has one function word, "Path parameters" none). Languages that share function words with Portuguese or
 * English have short lists of their own, so that Spanish is not taken for Portuguese. Without evidence: `other`.
 */
import { fold } from './fold';
import { foreignFunctionWords } from './foreign-function-words';
import type { Language } from './language';
import { stopWords } from './stop-words';
import { wordEvidence } from './trigram-evidence';

/** Enough to be sure, little enough to be fast. */
const maxExamined = 4_000;
/** What one function word weighs in units of a word's mean triple evidence. */
const functionWordWeight = 1.5;
/** `ã`, `õ` and `ç` in a word that has no Spanish or French function words around it. */
const accentWeight = 1;
const portugueseAccent = /[ãõç]/iu;
/** Less evidence than this is none. */
const threshold = 0.25;

/** Cost: at most 0.5 ms for long texts, some microseconds for a question. */
export function detectLanguage(text: string): Language {
  const words = text
    .slice(0, maxExamined)
    .split(/[^\p{L}\p{M}]+/u)
    .filter((word) => word !== '');
  let functionScore = 0;
  let contentScore = 0;
  let latin = 0;
  const hits = { pt: 0, en: 0 };
  const folded = words.map(fold);
  for (const [index, word] of folded.entries()) {
    if (!/^[a-z]+$/.test(word)) continue;
    latin++;
    const isPortuguese = stopWords.pt.has(word);
    const isEnglish = stopWords.en.has(word);
    hits.pt += Number(isPortuguese);
    hits.en += Number(isEnglish);
    functionScore += Number(isPortuguese) - Number(isEnglish);
    if (!isPortuguese && !isEnglish) contentScore += wordEvidence(word);
    if (portugueseAccent.test(words[index]?.normalize('NFC') ?? '')) contentScore += accentWeight;
  }
  if (latin * 2 < words.length || isForeign(folded, Math.max(hits.pt, hits.en))) return 'other';
  const score = functionWordWeight * functionScore + contentScore;
  if (Math.abs(score) < threshold) return 'other';
  return score > 0 ? 'pt' : 'en';
}

function isForeign(words: readonly string[], known: number): boolean {
  return foreignFunctionWords.some((list) => words.filter((word) => list.has(word)).length > known);
}
