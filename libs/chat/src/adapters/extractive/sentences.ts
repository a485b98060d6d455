/** What an extractive answer is made of: sentences, list items and table rows as they stand in a text. */
export interface Sentence {
  /** Without markers of lists and headings. */
  readonly text: string;
  /** Of the first character in the source's text. */
  readonly start: number;
}

const segmenters = new Map<string, Intl.Segmenter>();

/** Marks of a list item or a quotation at the start of a line. */
const lineMarks = /^\s*(?:[-*+•]\s+|\d{1,3}[.)]\s+|>\s?)*/;
const headingLine = /^\s*#{1,6}\s/;
const fenceLine = /^\s*(?:```|~~~)/;
const tableRule = /^[\s|:-]*-[\s|:-]*$/;
const minCharacters = 12;
const maxCharacters = 600;

/**
 * Left out is what says nothing by itself: code blocks, headings, the head of a table, a line that only leads to the next
 * one (it ends with a colon), and anything beyond 600 characters without an end of a sentence.
 */
export function splitSentences(text: string, language: string): Sentence[] {
  const segmenter = segmenterOf(language);
  const sentences: Sentence[] = [];
  let isCode = false;
  for (const { line, start } of paragraphsOf(text)) {
    if (fenceLine.test(line)) {
      isCode = !isCode;
      continue;
    }
    if (isCode || headingLine.test(line) || tableRule.test(line)) continue;
    if (line.trimStart().startsWith('|')) {
      const isHead = tableRule.test(text.slice(start + line.length + 1).split('\n', 1)[0] ?? '');
      const row = cellsOf(line);
      if (!isHead && isSentence(row)) sentences.push({ text: row, start });
      continue;
    }
    const marks = lineMarks.exec(line)?.[0].length ?? 0;
    for (const { segment, index } of segmenter.segment(line.slice(marks))) {
      const said = segment.trim();
      const lead = segment.length - segment.trimStart().length;
      if (!isSentence(said)) continue;
      sentences.push({ text: said.replace(/\s+/g, ' '), start: start + marks + index + lead });
    }
  }
  return sentences;
}

function isSentence(text: string): boolean {
  return text.length >= minCharacters && text.length <= maxCharacters && !text.endsWith(':');
}

/** A row of a table as one line: `cell: cell; cell`. */
function cellsOf(line: string): string {
  const [first = '', ...others] = line
    .split('|')
    .map((cell) => cell.trim().replace(/\.$/, ''))
    .filter((cell) => cell !== '');
  return others.length === 0 ? first : `${first}: ${others.join('; ')}`;
}

/** Lines that belong together: a paragraph may be wrapped, an item or a table row ends with its line. */
function* paragraphsOf(text: string): Generator<{ readonly line: string; readonly start: number }> {
  let open: { line: string; start: number } | undefined;
  let start = 0;
  for (const line of text.split('\n')) {
    const isOwn = /^\s*(?:[-*+•|>#]|\d{1,3}[.)]\s|```|~~~)/.test(line);
    if (open !== undefined && (isOwn || line.trim() === '')) {
      yield open;
      open = undefined;
    }
    if (isOwn) yield { line, start };
    else if (line.trim() !== '') {
      if (open === undefined) open = { line, start };
      // The segmenter would end a sentence at a line's end.
      else open.line += ` ${line}`;
    }
    start += line.length + 1;
  }
  if (open !== undefined) yield open;
}

function segmenterOf(language: string): Intl.Segmenter {
  const locale = language === 'pt' || language === 'en' ? language : 'und';
  const known = segmenters.get(locale) ?? new Intl.Segmenter(locale, { granularity: 'sentence' });
  segmenters.set(locale, known);
  return known;
}
