import { analyseDocument, type Language } from '@acervo/language';

/** Surface forms and stems share a table: the first letter tells them apart. */
export function surfaceTerm(surface: string): string {
  return `=${surface}`;
}

export function stemTerm(stem: string): string {
  return `~${stem}`;
}

export interface PassageTerms {
  /** Tokens. */
  readonly length: number;
  /** Term → occurrences. */
  readonly counts: ReadonlyMap<string, number>;
}

export function termsOf(passage: string, language: Language): PassageTerms {
  const { surface, stemmed } = analyseDocument(passage, language);
  const counts = new Map<string, number>();
  const add = (term: string): void => {
    counts.set(term, (counts.get(term) ?? 0) + 1);
  };
  const stems = wordsOf(stemmed);
  for (const word of wordsOf(surface)) add(surfaceTerm(word));
  for (const word of stems) add(stemTerm(word));
  return { length: stems.length, counts };
}

function wordsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}
