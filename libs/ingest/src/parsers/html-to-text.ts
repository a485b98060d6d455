/** Walks an element tree and writes its readable text, block by block. */
import type { DomElement, DomNode } from './dom';
import type { TextBuilder } from './text-builder';

const dropped = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'nav',
  'footer',
  'aside',
  'form',
  'button',
  'svg',
  'canvas',
  'iframe',
  'object',
  'head',
  'select',
  'dialog',
]);
const inline = new Set([
  'a',
  'abbr',
  'b',
  'bdi',
  'bdo',
  'cite',
  'code',
  'data',
  'del',
  'dfn',
  'em',
  'font',
  'i',
  'ins',
  'kbd',
  'label',
  'mark',
  'q',
  's',
  'samp',
  'small',
  'span',
  'strike',
  'strong',
  'sub',
  'sup',
  'time',
  'tt',
  'u',
  'var',
  'wbr',
]);
/** Deeper nesting is no document that a person wrote; what lies below is taken as running text. */
const maxDepth = 200;
const textNode = 3;
const elementNode = 1;

export function htmlToText(root: DomElement, builder: TextBuilder): void {
  let running = '';
  const flush = (): void => {
    const paragraph = running.replace(/[^\S\n]+/g, ' ').replace(/ ?\n ?/g, '\n');
    running = '';
    builder.paragraph(paragraph);
  };
  const walk = (node: DomNode, depth: number): void => {
    if (node.nodeType === textNode) {
      running += (node.textContent ?? '').replace(/\s+/g, ' ');
      return;
    }
    if (node.nodeType !== elementNode) return;
    const element = node as DomElement;
    const name = element.localName.toLowerCase();
    if (dropped.has(name) || element.hasAttribute('hidden') || element.getAttribute('aria-hidden') === 'true') return;
    if (name === 'br') {
      running += '\n';
    } else if (depth > maxDepth) {
      running += element.textContent;
    } else if (inline.has(name)) {
      walkChildren(element, depth);
    } else {
      flush();
      walkBlock(element, name, depth);
      flush();
    }
  };
  const walkChildren = (element: DomElement, depth: number): void => {
    for (const child of element.childNodes) walk(child, depth + 1);
  };
  const walkBlock = (element: DomElement, name: string, depth: number): void => {
    const headingDepth = /^h([1-6])$/.exec(name)?.[1];
    if (headingDepth !== undefined) builder.heading(Number(headingDepth), element.textContent.replace(/[¶#]\s*$/, ''));
    else if (name === 'pre') builder.solid('code', element.textContent);
    else if (name === 'table' && isDataTable(element)) builder.solid('table', tableToText(element));
    else if (name === 'ul' || name === 'ol') builder.paragraph(listToText(element, depth));
    else walkChildren(element, depth);
  };
  walk(root, 0);
  flush();
}

/** A table that holds blocks of its own is a layout. */
function isDataTable(table: DomElement): boolean {
  return table.querySelector('table, h1, h2, h3, pre, p + p') === null;
}

function tableToText(table: DomElement): string {
  return [...table.querySelectorAll('tr')]
    .map((row) => [...row.querySelectorAll('th, td')].map((cell) => oneLine(cell.textContent)).join(' | '))
    .filter((row) => row.replaceAll('|', '').trim() !== '')
    .join('\n');
}

function listToText(list: DomElement, depth: number): string {
  const isOrdered = list.localName.toLowerCase() === 'ol';
  const lines: string[] = [];
  let number = 0;
  for (const item of list.children) {
    number += 1;
    const nested = depth < maxDepth ? [...item.children].filter(({ localName }) => /^[uo]l$/i.test(localName)) : [];
    for (const inner of nested) inner.remove();
    lines.push(`${isOrdered ? `${number}.` : '-'} ${oneLine(item.textContent)}`);
    for (const inner of nested) lines.push(listToText(inner, depth + 1).replace(/^/gm, '  '));
  }
  return lines.filter((line) => line.trim() !== '').join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
