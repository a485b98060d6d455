/** Which sentences of an answer their sources bear out, as far as words and numbers can tell. */
import { analyseDocument, analyseQuery, detectLanguage } from '@acervo/language';

import type { PackedSource } from './pack-sources';

export interface Claim {
  /** Without its marks. */
  readonly text: string;
  /** In the answer, UTF-16 code units, end exclusive, marks included. */
  readonly start: number;
  readonly end: number;
  readonly cited: readonly number[];
}

/** Share of a sentence's words that its source must hold when both are in one language. */
const minShare = 0.5;
const number = /\d+(?:[.,]\d+)*/g;
const marks = /\s*\[\d+\]/g;

/** Sentences with the marks that stand in or right behind them. */
export function claimsOf(answer: string): Claim[] {
  const claims: Claim[] = [];
  for (const { 0: said, index } of answer.matchAll(
    /[^\n]+?(?:[.!?…:]["'”’)]?(?:\s*\[\d+\])+|[.!?…]["'”’)]?(?=\s|$)(?!\s*\[\d)|(?=\n|$))/g,
  )) {
    const text = said.replaceAll(marks, '').trim();
    if (text === '') continue;
    const start = index + (said.length - said.trimStart().length);
    const cited = [...new Set([...said.matchAll(/\[(\d+)\]/g)].map(([, digits]) => Number(digits)))];
    claims.push({ text, start, end: index + said.length, cited });
  }
  return claims;
}

/**
 * A claim without a source has no support. With one, every number in it must stand in a cited source, and, where both
 * are in one language, half of its words too. It shows what is made up; it cannot show that what is said is true.
 */
export function isSupported({ text, cited }: Claim, sources: readonly PackedSource[]): boolean {
  const named = sources.filter(({ index }) => cited.includes(index));
  if (named.length === 0) return false;
  const numbers = text.match(number) ?? [];
  const language = detectLanguage(text);
  const words = analyseQuery(text, [language]);
  return named.some((source) => {
    const known = `${source.title} ${source.headings.join(' ')} ${source.text}`;
    if (!numbers.every((digits) => known.includes(digits))) return false;
    if (source.language !== language || language === 'other') return true;
    const stems = new Set(analyseDocument(known, language).stemmed.split(' '));
    const held = words.filter((word) => word.stems.some((stem) => stems.has(stem))).length;
    return held >= words.length * minShare;
  });
}
