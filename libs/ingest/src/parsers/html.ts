/** HTML: the main content with headings, lists, tables and code; menus, scripts and styles are dropped. */
import { Readability } from '@mozilla/readability';

import type { ParsedDocument, ParserInput } from '../parsed-document';
import { decodeText } from './decode-text';
import { toIsoDate } from './document-fields';
import { parseDom, type DomDocument, type DomElement } from './dom';
import { htmlToText } from './html-to-text';
import { TextBuilder } from './text-builder';

/** Less text than this in `main` or `article` is a teaser, not the content. */
const minMainCharacters = 200;

export function parseHtml({ bytes }: ParserInput): ParsedDocument {
  const document = parseDom(decodeText(bytes));
  const meta = (selector: string): string | undefined =>
    document.querySelector(selector)?.getAttribute('content')?.trim() ?? undefined;
  const title = document.querySelector('title')?.textContent.trim();
  const heading = document.querySelector('h1')?.textContent.replace(/\s+/g, ' ').trim();
  const fields = {
    title: firstFilled(title, meta('meta[property="og:title"]'), heading),
    date: toIsoDate(meta('meta[property="article:published_time"], meta[name="date"], meta[name="dcterms.date"]')),
    language: firstFilled(document.documentElement.getAttribute('lang') ?? undefined),
  };
  const builder = new TextBuilder();
  htmlToText(mainContent(document), builder);
  return { docType: 'html', ...builder.build(), ...fields, metadata: {} };
}

function mainContent(document: DomDocument): DomElement {
  for (const selector of ['main', '[role="main"]', 'article']) {
    const found = [...document.querySelectorAll(selector)];
    const only = found[0];
    if (found.length === 1 && only !== undefined && only.textContent.trim().length >= minMainCharacters) return only;
  }
  return readable(document) ?? document.body;
}

/** What Readability takes for the article, if that is most of the page: on reference pages it drops too much. */
function readable(document: DomDocument): DomElement | undefined {
  const bodyLength = document.body.textContent.trim().length;
  const article = new Readability<DomElement>(document.cloneNode(true), {
    maxElemsToParse: 50_000,
    serializer: (node) => node as DomElement,
  }).parse();
  const content = article?.content;
  if (content === undefined || content === null) return undefined;
  return content.textContent.trim().length >= bodyLength / 2 ? content : undefined;
}

function firstFilled(...values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value !== '');
}
