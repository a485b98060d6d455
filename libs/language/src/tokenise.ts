/**
 * Words and identifiers of a text with their places.
 *
 * An identifier (`snake_case`, `kebab-case`, `camelCase`, `dotted.path`, `a/path`, `1.2.3`) gives its parts and itself
 * whole. The whole is written without its connectors, so `getUserName`, `get_user_name` and `get-user-name` are one
 * token; between two digits a letter stands for the connector, or `1.2.3` and `12.3` would be one as well. Every
 * surface form holds letters and digits only, which is what tokenizers of databases keep together.
 */
import { fold } from './fold';

export interface Token {
  /** Lower case, accents folded; never empty. */
  readonly surface: string;
  /** Offsets into the given text, UTF-16 code units, end exclusive. */
  readonly start: number;
  readonly end: number;
}

/** U+01C0, a letter of no word in Portuguese or English. */
const digitJoint = 'ǀ';
const maxWholeLength = 96;
const maxWholeParts = 12;

const run =
  /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:(?:[_\-./\u2010\u2011]|['’](?=\p{L}))[\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*(?:\+\+|#(?![\p{L}\p{N}]))?/gu;
const connector = /[_\-./\u2010\u2011'’+#]/;
const plainWord = /^(?:[A-Z]?[a-z]+|[A-Z]+|\d+)$/;
const camelPart = /\p{Lu}+(?=\p{Lu}\p{Ll}\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+|\p{Lu}+s?|\p{N}+|[\p{L}\p{M}]+/gu;
const namedSymbols: ReadonlyMap<string, string> = new Map([
  ['c++', 'cplusplus'],
  ['c#', 'csharp'],
  ['f#', 'fsharp'],
]);

/** In order of start; a whole follows its parts. Cost: O(length). */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(run)) addRun(tokens, match[0], match.index);
  return tokens;
}

function addRun(tokens: Token[], text: string, start: number): void {
  if (plainWord.test(text)) {
    tokens.push({ surface: text.toLowerCase(), start, end: start + text.length });
    return;
  }
  const named = namedSymbols.get(text.toLowerCase());
  if (named !== undefined) {
    tokens.push({ surface: named, start, end: start + text.length });
    return;
  }
  const before = tokens.length;
  let segments = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !connector.test(text.charAt(at))) continue;
    if (at > from) {
      // English possessive and contractions: `user's` is `user`, `don't` is `dont`.
      const afterApostrophe = from > 0 && /['’]/.test(text.charAt(from - 1));
      if (afterApostrophe && at - from === 1) extendOrDrop(tokens, before, text.slice(from, at), start + at);
      else {
        segments++;
        addSegment(tokens, text.slice(from, at), start + from);
      }
    }
    from = at + 1;
  }
  if (segments > 1) addWhole(tokens, before, text, start);
}

/** What stands behind an apostrophe: `s` goes, any other letter joins the word in front. */
function extendOrDrop(tokens: Token[], before: number, letter: string, end: number): void {
  const last = tokens.at(-1);
  if (last === undefined || tokens.length === before || /s/i.test(letter)) return;
  tokens[tokens.length - 1] = { surface: last.surface + fold(letter), start: last.start, end };
}

function addSegment(tokens: Token[], segment: string, start: number): void {
  if (plainWord.test(segment)) {
    tokens.push({ surface: segment.toLowerCase(), start, end: start + segment.length });
    return;
  }
  const parts = [...segment.matchAll(camelPart)];
  const isSplit = parts.length > 1 && isWorthSplitting(parts.map(([part]) => part));
  if (isSplit) {
    for (const part of parts) push(tokens, fold(part[0]), start + part.index, part[0].length);
  }
  push(tokens, fold(segment), start, segment.length);
}

/** `sha256`, `FastAPI` are split; `p53`, `x86`, `H2O`, `iOS` are names of their own. */
function isWorthSplitting(parts: readonly string[]): boolean {
  return parts.length <= maxWholeParts && parts.some((part) => part.length > 2 && /\p{L}/u.test(part));
}

function addWhole(tokens: Token[], before: number, text: string, start: number): void {
  if (text.length > maxWholeLength || tokens.length - before > 2 * maxWholeParts) return;
  const whole = fold(
    text.replace(/(\p{N})[_\-./\u2010\u2011](?=\p{N})/gu, `$1${digitJoint}`).replace(/[_\-./\u2010\u2011'’]/g, ''),
  );
  push(tokens, whole, start, text.length);
}

function push(tokens: Token[], surface: string, start: number, length: number): void {
  if (surface !== '') tokens.push({ surface, start, end: start + length });
}
