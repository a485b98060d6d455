/** What can be compared of a sentence without understanding it: its words, its numbers with their units, its negation. */
import { analyseQuery, tokenise, stem, type Language } from '@acervo/language';

export interface Statement {
  /** Stems of the words of content, without numbers. */
  readonly words: ReadonlySet<string>;
  /** Amounts by the stem of their unit, which is the word behind a number. */
  readonly numbers: ReadonlyMap<string, ReadonlySet<string>>;
  readonly isNegated: boolean;
  /** A row of a table or a piece of code says little by its words. */
  readonly isProse: boolean;
}

const negation = /(?:^|[^\p{L}])(?:não|nunca|jamais|nem|sem|not|never|no|nor|without|cannot|\p{L}+n['’]t)(?![\p{L}])/iu;
const digits = /^\d/;

export function statementOf(text: string, language: Language): Statement {
  const words = new Set<string>();
  for (const { surface, stems } of analyseQuery(text, [language]))
    if (!digits.test(surface)) words.add(stems[0] ?? surface);
  const numbers = new Map<string, Set<string>>();
  for (const [value, unit] of numbersOf(text)) {
    const name = stem(unit, language);
    // "Note 92 is", "port 8000 of": a name, not an amount.
    if (unit !== '%' && !words.has(name)) continue;
    numbers.set(name, (numbers.get(name) ?? new Set<string>()).add(value));
  }
  return { words, numbers, isNegated: negation.test(text), isProse: !/[|{}=]|\S\/\S+\/\S/.test(text) };
}

/** Every number of a text, thousands separators left out. */
export function valuesIn(text: string): Set<string> {
  return new Set([...numbersOf(text)].map(([value]) => value));
}

function* numbersOf(text: string): Generator<[value: string, unit: string]> {
  for (const match of text.matchAll(/(?<![\p{L}\d.,_-])\d+(?:[.,]\d+)*(?![\d_])/gu)) {
    const value = match[0].replace(/[.,](?=\d{3}(?:\D|$))/g, '').replace(',', '.');
    const behind = text.slice(match.index + match[0].length);
    const percent = /^\s*%/.test(behind) ? '%' : undefined;
    yield [value, percent ?? tokenise(/^[^.;:!?\n]{0,40}/.exec(behind)?.[0] ?? '')[0]?.surface ?? ''];
  }
}

/** Words that both have. */
export function sharedWords(one: Statement, other: Statement): number {
  let shared = 0;
  for (const word of one.words) if (other.words.has(word)) shared++;
  return shared;
}
