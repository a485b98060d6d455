/** Markdown with YAML front matter. The text is the source itself, so that code and tables stay as they were. */
import { parse as parseYaml } from 'yaml';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import type { Nodes } from 'mdast';

import type { Block, ParsedDocument, ParserInput } from '../parsed-document';
import { decodeText } from './decode-text';
import { readFields } from './document-fields';

const frontMatter = /^---[^\S\n]*\n([\s\S]{0,65536}?)(?<=\n)(?:---|\.\.\.)[^\S\n]*(?:\n|$)/;
/** `## Título { #anchor }` of MkDocs and Pandoc. */
const attributeList = /\s*\{\s*[#.:][^{}]*\}\s*$/;

/**
 * Inline constructs are off: only the blocks matter here, and inline parsing is where hostile input costs most.
 */
const blocksOnly = {
  disable: {
    null: [
      'attention',
      'autolink',
      'characterEscape',
      'characterReference',
      'codeText',
      'hardBreakEscape',
      'htmlText',
      'labelEnd',
      'labelStartImage',
      'labelStartLink',
    ],
  },
};

export function parseMarkdown({ bytes }: ParserInput): ParsedDocument {
  const { text, fields } = splitFrontMatter(decodeText(bytes));
  const blocks = markdownBlocks(text);
  const firstHeading = blocks.find((block) => block.type === 'heading' && block.depth === 1);
  const { title, ...rest } = readFields(fields);
  const heading = firstHeading?.type === 'heading' ? firstHeading.label : undefined;
  return { docType: 'markdown', text, blocks, pageStarts: [], title: title ?? heading, ...rest };
}

/** Headings, code and tables of a Markdown text without front matter. */
export function markdownBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  const tree = fromMarkdown(text, { extensions: [gfm(), blocksOnly], mdastExtensions: [gfmFromMarkdown()] });
  collectBlocks(tree, text, blocks);
  return blocks;
}

/** A block that is no YAML mapping is text like any other. */
function splitFrontMatter(source: string): { text: string; fields: Record<string, unknown> } {
  const match = frontMatter.exec(source);
  if (match === null) return { text: source, fields: {} };
  try {
    const fields: unknown = parseYaml(match[1] ?? '', { maxAliasCount: 10 });
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return { text: source, fields: {} };
    return { text: source.slice(match[0].length), fields: fields as Record<string, unknown> };
  } catch {
    return { text: source, fields: {} };
  }
}

function collectBlocks(node: Nodes, text: string, blocks: Block[]): void {
  const start = node.position?.start.offset;
  const end = node.position?.end.offset;
  if (start !== undefined && end !== undefined) {
    if (node.type === 'heading') {
      blocks.push({ type: 'heading', start, end, depth: node.depth, label: headingLabel(text.slice(start, end)) });
      return;
    }
    if (node.type === 'code' || node.type === 'table') {
      blocks.push({ type: node.type, start, end });
      return;
    }
  }
  if (!('children' in node) || node.type === 'paragraph') return;
  // A heading inside a quotation or a list opens no section.
  const nested: Block[] = [];
  for (const child of node.children) collectBlocks(child, text, nested);
  blocks.push(...(node.type === 'root' ? nested : nested.filter((block) => block.type !== 'heading')));
}

function headingLabel(line: string): string {
  return plainText(fromMarkdown(line)).replace(attributeList, '').replace(/\s+/g, ' ').trim();
}

function plainText(node: Nodes): string {
  if ('children' in node) return node.children.map(plainText).join('');
  return node.type === 'text' || node.type === 'inlineCode' ? node.value : '';
}
