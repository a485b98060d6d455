/** The fields of a document that front matter and JSON objects name: title, date, language, the rest as metadata. */
import type { Metadata, MetadataValue } from '@acervo/store';

const maxMetadataFields = 64;
const maxMetadataCharacters = 2_000;

export interface DocumentOwnFields {
  readonly title: string | undefined;
  readonly date: string | undefined;
  readonly language: string | undefined;
  readonly metadata: Metadata;
}

/** Values that are no scalars or lists of scalars are left out. */
export function readFields(fields: Readonly<Record<string, unknown>>): DocumentOwnFields {
  const { title, date, lang, language, ...rest } = fields;
  const entries = Object.entries(rest)
    .map(([key, value]) => [key, toMetadataValue(value)] as const)
    .filter((entry): entry is readonly [string, MetadataValue] => entry[1] !== undefined && entry[0] !== '__proto__');
  return {
    title: typeof title === 'string' || typeof title === 'number' ? emptyToUndefined(String(title)) : undefined,
    date: toIsoDate(date),
    language: [language, lang].find((value) => typeof value === 'string'),
    metadata: Object.fromEntries(entries.slice(0, maxMetadataFields)),
  };
}

/** `YYYY-MM-DD` of anything that names a day; undefined when it names none. */
export function toIsoDate(value: unknown): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString().slice(0, 10);
  if (typeof value !== 'string') return undefined;
  const day = /^\s*(\d{4}-\d{2}-\d{2})(?!\d)/.exec(value)?.[1];
  if (day === undefined) return undefined;
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day) ? day : undefined;
}

function toMetadataValue(value: unknown): MetadataValue | undefined {
  if (value === null) return null;
  if (value instanceof Date) return toIsoDate(value);
  if (Array.isArray(value)) {
    return value.length <= maxMetadataFields && value.every(isScalar) ? value : undefined;
  }
  return isScalar(value) ? value : undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  if (typeof value === 'string') return value.length <= maxMetadataCharacters;
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function emptyToUndefined(value: string): string | undefined {
  return value.trim() === '' ? undefined : value.trim();
}
