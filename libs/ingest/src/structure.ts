/** The structure of a text that was extracted before: what a rebuild of a collection chunks. */
import type { StructuredText } from './parsed-document';
import { markdownBlocks } from './parsers/markdown';
import { pageBreak } from './parsers/text-builder';

const plainTypes: readonly string[] = ['text', 'csv', 'pdf'];
/** Marks of Markdown that plain text seldom holds. */
const markdownMarks = /^(?:#{1,6} \S|```|[-*] \[[ x]\] |\|.*\|$)/m;

export function looksLikeMarkdown(text: string): boolean {
  return markdownMarks.test(text);
}

/** Types that the sender made up are judged by their look. */
export function structureOf(text: string, docType: string): StructuredText {
  const isPlain = plainTypes.includes(docType) || (docType !== 'markdown' && !looksLikeMarkdown(text));
  return { text, blocks: isPlain ? [] : markdownBlocks(text), pageStarts: docType === 'pdf' ? pagesOf(text) : [] };
}

function pagesOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf(pageBreak); at !== -1; at = text.indexOf(pageBreak, at + 1)) starts.push(at + 1);
  return starts;
}
