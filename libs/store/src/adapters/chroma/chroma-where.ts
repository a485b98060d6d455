import type { Where } from 'chromadb' with { 'resolution-mode': 'import' };

import type { ChunkFilter } from '../../model';
import type { VectorEntry } from '../../vector-index';

const writtenAtField = 'written_at';

/**
 * What Chroma stores beside a vector: what `toWhere` asks for, and when it was written, in seconds of the Unix clock: a
 * sweep must not take what another process is about to commit.
 */
export function toChromaMetadata(
  { docType, language, date }: VectorEntry,
  seconds: number,
): Record<string, string | number> {
  return {
    [writtenAtField]: seconds,
    doc_type: docType,
    language,
    ...(date === undefined ? {} : { date: toDateNumber(date) }),
  };
}

/** Seconds of the Unix clock; -Infinity for records of releases that did not say. */
export function writtenAt(metadata: Readonly<Record<string, unknown>> | undefined): number {
  const value = metadata?.[writtenAtField];
  return typeof value === 'number' ? value : -Infinity;
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
