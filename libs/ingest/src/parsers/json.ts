/**
 * JSON and JSON Lines. An object with a text field is a document with fields; a list of such objects becomes one
 * document with a section each; everything else is flattened to `path: value` lines.
 */
import { fail } from '@acervo/problem';

import type { ParsedDocument, ParserInput } from '../parsed-document';
import { decodeText } from './decode-text';
import { readFields } from './document-fields';
import { TextBuilder } from './text-builder';

const textFields = ['text', 'content', 'body', 'markdown'] as const;
const titleFields = ['title', 'name', 'question', 'id'] as const;
const maxDepth = 64;

type JsonObject = Readonly<Record<string, unknown>>;

/** Errors: DOCUMENT_UNREADABLE with the reason (syntax, depth). */
export function parseJson(input: ParserInput): ParsedDocument {
  const value = readJson(decodeText(input.bytes), input.name);
  const builder = new TextBuilder();
  if (isObject(value)) {
    const key = textKey(value);
    if (key !== undefined) {
      const { [key]: text, ...fields } = value;
      builder.paragraph(String(text));
      return { docType: 'json', ...builder.build(), ...readFields(fields) };
    }
  }
  for (const item of Array.isArray(value) ? value : [value]) addItem(item, builder, input.name);
  return { docType: 'json', ...builder.build(), title: undefined, date: undefined, language: undefined, metadata: {} };
}

function addItem(item: unknown, builder: TextBuilder, name: string): void {
  if (!isObject(item)) {
    builder.paragraph(flatten(item, name).join('\n'));
    return;
  }
  const title = titleFields.find((field) => typeof item[field] === 'string' && item[field].trim() !== '');
  const text = textKey(item);
  if (title !== undefined && text !== undefined) builder.heading(1, String(item[title]));
  const { [text ?? '']: body, ...rest } = item;
  if (text !== undefined) {
    builder.paragraph(String(body));
    if (title !== undefined) return;
  }
  builder.paragraph(flatten(rest, name).join('\n'));
}

/** One value, or one a line. */
function readJson(source: string, name: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    const lines = source.split('\n').filter((line) => line.trim() !== '');
    if (!/\.(?:jsonl|ndjson)$/i.test(name) && lines.length < 2) throw unreadable(name, error);
    return lines.map((line, index) => {
      try {
        return JSON.parse(line) as unknown;
      } catch (lineError) {
        throw unreadable(/\.(?:jsonl|ndjson)$/i.test(name) ? `${name}, line ${index + 1},` : name, lineError);
      }
    });
  }
}

function unreadable(name: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return fail('DOCUMENT_UNREADABLE', `${name} is no valid JSON: ${reason}`, {}, error);
}

function flatten(root: unknown, name: string): string[] {
  const lines: string[] = [];
  const visit = (inner: unknown, path: string, depth: number): void => {
    if (depth > maxDepth) throw fail('DOCUMENT_UNREADABLE', `${name} is nested deeper than ${maxDepth} levels.`);
    if (Array.isArray(inner)) {
      for (const element of inner) visit(element, path, depth + 1);
    } else if (isObject(inner)) {
      for (const [key, child] of Object.entries(inner)) visit(child, path === '' ? key : `${path}.${key}`, depth + 1);
    } else if (inner !== null && inner !== '') {
      const value = typeof inner === 'string' ? inner : JSON.stringify(inner);
      lines.push(path === '' ? value : `${path}: ${value}`);
    }
  };
  visit(root, '', 0);
  return lines;
}

function textKey(value: JsonObject): string | undefined {
  return textFields.find((field) => typeof value[field] === 'string' && value[field].trim() !== '');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
