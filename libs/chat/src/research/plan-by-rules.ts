/**
 * Sub-questions without a model: questions in a row, comparisons, clauses joined by a conjunction, and lists are taken
 * apart. Rules look at words alone, so they split only where the parts look alike; what they cannot take apart stays
 * whole.
 */
import { analyseQuery, detectLanguage, type Language } from '@acervo/language';

import { refersBack } from '../condense';
import type { SubQuestion } from './research';

export const maxSubQuestions = 6;
const maxCharacters = 300;

/** What a new clause begins with: words that ask, and verbs of requests. */
const asking =
  '(?:o que|por que|porque|para que|de que|em que|a que|de onde|que|como|quando|onde|quais|qual|quem|quanto|quanta|quantos|quantas|posso|devo|preciso|existe|existem|what|which|how|why|when|where|who|does|do|is|are|can|should|explique|descreva|compare|liste|explain|describe|list)';
const conjunction = '(?:e|ou|and|or|y|bem como|assim como|as well as)';
const newClause = new RegExp(`(?:[,;]\\s*(?:${conjunction}\\s+)?|\\s+${conjunction}\\s+)(?=${asking}\\s)`, 'iu');
const leadingConjunction = /^(?:e|ou|and|or)\s+/iu;
const lastOfList = new RegExp(`(?:,\\s*)?\\s${conjunction}\\s+`, 'iu');
const between =
  /^(.*?)\b(?:diferenças?|difference|differences|comparação|comparison|relação|relationship|escolher|choose|choosing|decidir)\s+(?:entre|between)\s+(?:usar\s+|using\s+)?(.+?)\s+(?:e|and|ou|or)\s+(.+)$/iu;
const compare =
  /^(?:compare|comparar|comparando|comparing)\s+(.+?)\s+(?:com|with|to|e|and|versus|vs\.?|contra)\s+(.+)$/iu;
const versus = /^(.*?)\s*(?:\bvs\b\.?|\bversus\b|\sx\s)\s*(.+)$/iu;
/** Words that a side of a list may begin with; the other sides then begin with one of the same kind. */
const determiner = /^(?:o|a|os|as|um|uma|do|da|dos|das|no|na|nos|nas|ao|à|de|em|the|an|of|in|on|by|with|por|com)$/iu;

/**
 * The question itself when nothing can be taken apart; otherwise its parts, and itself at the end: as one more part of a
 * comparison, else for when a part stays open.
 */
export function planByRules(question: string): SubQuestion[] {
  const whole = tidy(question);
  const language = detectLanguage(whole);
  let isComparison = false;
  const comparison = (clause: SubQuestion): SubQuestion[] | undefined => {
    const sides = comparedIn(clause, language);
    isComparison ||= sides !== undefined;
    return sides;
  };
  const parts = distinct(
    withContext(sentencesOf(whole).flatMap(clausesOf))
      .flatMap((clause) => comparison(clause) ?? listedIn(clause) ?? [clause])
      .filter(({ query }) => hasContent(query)),
  ).slice(0, maxSubQuestions);
  const self = plain(whole);
  if (parts.length < 2) return [self];
  // What the sides of a comparison have to do with each other is said where both are named.
  return [...parts.filter(({ question: said }) => key(said) !== key(whole)), { ...self, isReserve: !isComparison }];
}

/** A clause that leans on the one before is searched for together with it. */
function withContext(clauses: readonly string[]): SubQuestion[] {
  return clauses.map((clause, nth) => {
    const before = clauses[nth - 1];
    const isAlone = before === undefined || !leansOn(clause);
    return { question: clause, query: isAlone ? clause : `${before} ${clause}`, phrasings: [], isReserve: false };
  });
}

/** It says little alone, and less when a word of it stands for something else. */
function leansOn(clause: string): boolean {
  const terms = analyseQuery(clause, [detectLanguage(clause)]).length;
  return terms < (refersBack(clause) ? 4 : 2);
}

/** Words of content alone: another way to ask an index of words. */
export function keywordsOf(question: string): string {
  const words = analyseQuery(question, [detectLanguage(question)]).map(({ surface }) => surface);
  return words.join(' ');
}

function plain(question: string): SubQuestion {
  return { question, query: question, phrasings: [], isReserve: false };
}

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[?!])\s+|(?<=[^\s.]{2}\.)\s+(?=\p{Lu})|\n+|;\s+/u)
    .map((part) => part.trim().replace(leadingConjunction, ''))
    .filter((part) => part !== '');
}

function clausesOf(sentence: string): string[] {
  const at = newClause.exec(sentence);
  if (at === null) return [sentence];
  const left = sentence.slice(0, at.index).trim();
  const right = sentence.slice(at.index + at[0].length).trim();
  if (!hasContent(left) || !hasContent(right)) return [sentence];
  return [asQuestion(left, sentence), ...clausesOf(right)];
}

/** Each side, with what is asked about both. */
function comparedIn({ question }: SubQuestion, language: Language): SubQuestion[] | undefined {
  const bare = question.replace(/[?.!]+$/u, '');
  const [, head = '', one, other] = between.exec(bare) ?? [];
  if (one !== undefined && other !== undefined) return sidesOf([...one.split(/,\s*/), other], head, language);
  const [, left, right] = compare.exec(bare) ?? [];
  if (left !== undefined && right !== undefined) return sidesOf([left, right], '', language);
  const [, first, second] = versus.exec(bare) ?? [];
  if (first !== undefined && second !== undefined) return sidesOf([first, second], '', language);
  return undefined;
}

function sidesOf(sides: readonly string[], head: string, language: Language): SubQuestion[] | undefined {
  const names = completed(
    sides.map((side) => side.replace(/^(?:o|a|os|as|um|uma|the|an?)\s+/iu, '').trim()),
    language,
  );
  if (!names.every(hasContent)) return undefined;
  const about = hasContent(head) ? ` ${keywordsOf(head)}` : '';
  return names.map((name) => {
    const question = language === 'pt' ? `O que é ${name}?` : `What is ${name}?`;
    return {
      question,
      query: about === '' ? question : `${name}${about}`,
      phrasings: [`${name}${about}`],
      isReserve: false,
    };
  });
}

/** "Semantic and lexical search", "busca semântica e lexical": the noun that is said once belongs to both. */
function completed(sides: readonly string[], language: Language): string[] {
  const isPortuguese = language === 'pt';
  const words = sides.map((side) => side.split(' '));
  const named = (isPortuguese ? words[0] : words.at(-1)) ?? [];
  const others = isPortuguese ? words.slice(1) : words.slice(0, -1);
  const isAdjective = ([word = '', ...more]: readonly string[]): boolean =>
    more.length === 0 && /^\p{Ll}+$/u.test(word);
  if (named.length !== 2 || !others.every(isAdjective)) return [...sides];
  const [first = '', last = ''] = named;
  return words.map((side) => (side === named ? side : isPortuguese ? [first, ...side] : [...side, last]).join(' '));
}

/** "Como configurar Docker, Redis e nginx?": the words before the list are asked with each of its items. */
function listedIn({ question }: SubQuestion): SubQuestion[] | undefined {
  const end = /[?.!]*$/u.exec(question)?.[0] ?? '';
  const bare = question.slice(0, question.length - end.length);
  const conjunctions = [...bare.matchAll(new RegExp(lastOfList, 'giu'))];
  const [joined] = conjunctions;
  if (joined === undefined || conjunctions.length > 1) return undefined;
  const right = bare.slice(joined.index + joined[0].length).split(/\s+/);
  const before = bare.slice(0, joined.index).split(/,\s*/);
  // A comma before the conjunction parts clauses where there are but two sides.
  if (before.length === 1 && joined[0].startsWith(',')) return undefined;
  const left = (before[0] ?? '').split(/\s+/);
  const from = startOfItem(left, right);
  if (from === undefined) return undefined;
  const head = left.slice(0, from).join(' ');
  const items = [left.slice(from).join(' '), ...before.slice(1), right.join(' ')].map((item) => item.trim());
  if (!items.every(hasContent) || !hasContent(head)) return undefined;
  return items.map((item) => plain(`${head} ${item}${end}`));
}

/** Where the last words of `left` begin to look like `right`. */
function startOfItem(left: readonly string[], right: readonly string[]): number | undefined {
  const [first = ''] = right;
  if (right.length > 5) return undefined;
  if (determiner.test(first)) {
    const same = left.findLastIndex((word) => determiner.test(word) && isSameKind(word, first));
    return same > 0 ? same : undefined;
  }
  const from = left.length - right.length;
  const opener = left[from];
  if (from < 1 || opener === undefined || determiner.test(opener)) return undefined;
  return from > 1 && articles.test(left[from - 1] ?? '') ? from - 1 : from;
}

const articles = /^(?:o|a|os|as|um|uma|the|an)$/iu;

function isSameKind(one: string, other: string): boolean {
  if (articles.test(one) && articles.test(other)) return true;
  return one.slice(0, 1).toLowerCase() === other.slice(0, 1).toLowerCase();
}

function asQuestion(part: string, whole: string): string {
  return whole.endsWith('?') && !/[?.!]$/u.test(part) ? `${part}?` : part;
}

function tidy(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

/** A word that is not a function word and has more than one letter. */
function hasContent(text: string): boolean {
  const language = detectLanguage(text);
  const languages: readonly Language[] = language === 'other' ? ['pt', 'en'] : [language];
  return languages.every((one) => {
    const words = analyseQuery(text, [one]);
    const all = analyseQuery(`${text} ${sentinel}`, [one]);
    // Function words come back only when there is nothing else.
    return words.length > 0 && all.length > 1 && words.some(({ surface }) => surface.length > 1);
  });
}

const sentinel = 'xyzzy';

function distinct(parts: readonly SubQuestion[]): SubQuestion[] {
  const seen = new Set<string>();
  return parts.filter(({ question }) => {
    const name = key(question);
    if (seen.has(name)) return false;
    seen.add(name);
    return question.length <= maxCharacters;
  });
}

function key(question: string): string {
  return tidy(question)
    .replace(/[?.!]+$/u, '')
    .toLowerCase();
}
