/** DOCX: headings, paragraphs, lists and tables by way of mammoth's HTML. */
import { unzipSync } from 'fflate';
import { convertToHtml, images } from 'mammoth';

import { fail } from '@acervo/problem';

import type { ParsedDocument, ParserInput } from '../parsed-document';
import { toIsoDate } from './document-fields';
import { parseDom } from './dom';
import { htmlToText } from './html-to-text';
import { TextBuilder } from './text-builder';
import { refuseZipBomb } from './zip-bomb';

/** Errors: DOCUMENT_TOO_LARGE (zip bomb), DOCUMENT_UNREADABLE. */
export async function parseDocx({ bytes, name }: ParserInput): Promise<ParsedDocument> {
  refuseZipBomb(bytes, name);
  const html = await toHtml(bytes, name);
  const builder = new TextBuilder();
  htmlToText(parseDom(html).body, builder);
  const structured = builder.build();
  const core = coreProperties(bytes);
  const firstHeading = structured.blocks.find((block) => block.type === 'heading');
  return {
    docType: 'docx',
    ...structured,
    title: property(core, 'dc:title') ?? (firstHeading?.type === 'heading' ? firstHeading.label : undefined),
    date: toIsoDate(property(core, 'dcterms:modified') ?? property(core, 'dcterms:created')),
    language: property(core, 'dc:language'),
    metadata: {},
  };
}

async function toHtml(bytes: Uint8Array, name: string): Promise<string> {
  try {
    const noImages = images.imgElement(() => Promise.resolve({ src: '' }));
    return (await convertToHtml({ buffer: Buffer.from(bytes) }, { convertImage: noImages })).value;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fail('DOCUMENT_UNREADABLE', `${name} is no readable Word document: ${reason}`, {}, error);
  }
}

function coreProperties(bytes: Uint8Array): string {
  const found = unzipSync(bytes, {
    filter: ({ name, originalSize }) => name === 'docProps/core.xml' && originalSize < 100_000,
  });
  return Buffer.from(found['docProps/core.xml'] ?? []).toString('utf8');
}

function property(xml: string, tag: string): string | undefined {
  const value = new RegExp(`<${tag}[^>]*>([^<]*)</${tag}>`).exec(xml)?.[1]?.trim();
  if (value === undefined || value === '') return undefined;
  return value.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => entities[entity] ?? '');
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
