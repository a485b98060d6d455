/** The sentence of a source that a citation points at. */
import { analyseQuery, detectLanguage, stem, tokenise, type Language } from '@acervo/language';

import { splitSentences } from './adapters/extractive/sentences';
import type { PackedSource } from './pack-sources';

export interface Quote {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Longer passages are cut: a quotation is for recognising the place. */
const maxCharacters = 300;

/** The sentence that shares most words with the claim; the beginning of the source when none shares any. */
export function quoteFor(claim: string, { text, language, position }: PackedSource): Quote {
  const wanted = new Set(analyseQuery(claim, [detectLanguage(claim), language]).flatMap(({ stems }) => stems));
  let best = { text: text.slice(0, maxCharacters), start: 0 };
  let bestShared = 0;
  for (const sentence of splitSentences(text, language)) {
    const shared = sharedStems(sentence.text, language, wanted);
    if (shared <= bestShared) continue;
    best = sentence;
    bestShared = shared;
  }
  const start = position.start + best.start;
  return { text: best.text.slice(0, maxCharacters), start, end: start + Math.min(best.text.length, maxCharacters) };
}

function sharedStems(sentence: string, language: Language, wanted: ReadonlySet<string>): number {
  const stems = new Set(tokenise(sentence).map(({ surface }) => stem(surface, language)));
  return [...stems].filter((one) => wanted.has(one)).length;
}
