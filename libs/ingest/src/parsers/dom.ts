/** The part of the DOM that the HTML parsers use; the compiler's own DOM types would declare browser globals. */
import { parseHTML } from 'linkedom';

export interface DomNode {
  readonly nodeType: number;
  readonly textContent: string | null;
}

export interface DomElement extends DomNode {
  readonly localName: string;
  readonly textContent: string;
  readonly childNodes: Iterable<DomNode>;
  readonly children: Iterable<DomElement>;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  querySelector(selector: string): DomElement | null;
  querySelectorAll(selector: string): Iterable<DomElement>;
  remove(): void;
}

export interface DomDocument extends Pick<DomElement, 'querySelector' | 'querySelectorAll'> {
  readonly body: DomElement;
  readonly documentElement: DomElement;
  cloneNode(deep: boolean): DomDocument;
}

/** linkedom wants a whole document; a fragment gets one around it. */
export function parseDom(source: string): DomDocument {
  const whole = /<(?:body|frameset)[\s>]/i.test(source)
    ? source
    : `<!doctype html><html${/<html([^>]*)>/i.exec(source)?.[1] ?? ''}><body>${source}</body></html>`;
  return (parseHTML(whole) as unknown as { readonly document: DomDocument }).document;
}
