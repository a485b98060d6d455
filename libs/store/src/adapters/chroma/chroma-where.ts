import type { Where } from 'chromadb' with { 'resolution-mode': 'import' };

import type { ChunkFilter } from '../../model';
import type { VectorEntry } from '../../vector-index';

/** What Chroma stores beside a vector: only what `toWhere` asks for. */
export function toChromaMetadata({ docType, language, date }: VectorEntry): Record<string, string | number> {
  return {
    doc_type: docType,
    language,
    ...(date === undefined ? {} : { date: toDateNumber(date) }),
  };
}

/**
 * The part of `filter` that Chroma can express, or nothing: document types, languages and dates. What it admits is a
 * superset; the caller checks every hit against the keys.
 */
export function toWhere({ docTypes, languages, dateFrom, dateTo }: ChunkFilter): Where | undefined {
  const parts: Where[] = [
    ...(docTypes === undefined ? [] : [{ doc_type: { $in: [...docTypes] } }]),
    ...(languages === undefined ? [] : [{ language: { $in: [...languages] } }]),
    ...(dateFrom === undefined ? [] : [{ date: { $gte: toDateNumber(dateFrom) } }]),
    ...(dateTo === undefined ? [] : [{ date: { $lte: toDateNumber(dateTo) } }]),
  ];
  const [first] = parts;
  return parts.length > 1 ? { $and: parts } : first;
}

/** Chroma compares numbers only: 2024-05-31 → 20240531. */
function toDateNumber(date: string): number {
  return Number(date.slice(0, 10).replaceAll('-', ''));
}
