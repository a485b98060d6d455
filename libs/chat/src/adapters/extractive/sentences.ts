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
const tableRule = /^[\s|:-]+$/;
const minCharacters = 12;
const maxCharacters = 600;

/**
 * Code blocks and headings are left out: neither says anything by itself. Texts beyond 600 characters without an end of
 * a sentence are left out too.
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
    const marks = lineMarks.exec(line)?.[0].length ?? 0;
    for (const { segment, index } of segmenter.segment(line.slice(marks))) {
      const said = segment.trim();
      const lead = segment.length - segment.trimStart().length;
      if (said.length < minCharacters || said.length > maxCharacters) continue;
      sentences.push({ text: said.replace(/\s+/g, ' '), start: start + marks + index + lead });
    }
  }
  return sentences;
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
      else open.line += `\n${line}`;
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
