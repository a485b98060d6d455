/** How much of a known answer a text holds. */
import { analyseDocument, analyseQuery, detectLanguage } from '@acervo/language';

/** The whole answer stands in the text, but for case, accents, punctuation and spaces. */
export function holdsAnswer(text: string, golds: readonly string[]): boolean {
  const inside = plain(text);
  return golds.some((gold) => plain(gold).trim() !== '' && inside.includes(plain(gold)));
}

/** 0..1: share of the content words of the best matching answer that the text holds, by their stems. */
export function answerRecall(text: string, golds: readonly string[]): number {
  const shares = golds.map((gold) => {
    // A short answer may belong to no language; its context tells.
    const language = detectLanguage(`${gold}\n${text}`);
    const words = analyseQuery(gold, [language]);
    const stems = new Set(analyseDocument(text, language).stemmed.split(' '));
    return words.length === 0
      ? 0
      : words.filter((word) => word.stems.some((stem) => stems.has(stem))).length / words.length;
  });
  return Math.max(0, ...shares);
}

/** Spaces at both ends, so that only whole words are found. */
function plain(text: string): string {
  const letters = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return ` ${letters.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `;
}
