/**
 * A chunk filter as SQL over the alias `d` of `documents`. Values are bound, never written into the text.
 * Metadata compare by type: a number never equals a string; strings order by code point, false before true.
 * A list matches when one of its elements does; `$ne` and `$nin` are the negation of `$eq` and `$in`, so a document
 * without the field matches them.
 */
import type { ChunkFilter, MetadataCondition } from '../../model';

export interface SqlCondition {
  /** Starts with ` AND ` when not empty. */
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

type Scalar = string | number | boolean;

const comparators = { $eq: '=', $ne: '=', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=', $in: '=', $nin: '=' } as const;

export function toSql(filter: ChunkFilter): SqlCondition {
  const parts = [
    filter.docTypes && oneOf('d.doc_type', filter.docTypes),
    filter.languages && oneOf('d.language', filter.languages),
    filter.sourcePrefix === undefined
      ? undefined
      : { sql: ' AND instr(d.source, ?) = 1', values: [filter.sourcePrefix] },
    filter.dateFrom === undefined ? undefined : { sql: ' AND d.date >= ?', values: [filter.dateFrom] },
    filter.dateTo === undefined ? undefined : { sql: ' AND d.date <= ?', values: [filter.dateTo] },
    ...(filter.metadata ?? []).map(metadataSql),
  ].filter((part) => part !== undefined);
  return { sql: parts.map(({ sql }) => sql).join(''), values: parts.flatMap(({ values }) => values) };
}

function oneOf(column: string, values: readonly string[]): SqlCondition {
  return { sql: ` AND ${column} IN (${values.map(() => '?').join(', ')})`, values };
}

function metadataSql({ field, operator, value }: MetadataCondition): SqlCondition {
  const candidates: readonly Scalar[] = typeof value === 'object' ? value : [value];
  const comparison = candidates.map(() => `(m.kind = ? AND m.value ${comparators[operator]} ?)`).join(' OR ') || '0';
  const not = operator === '$ne' || operator === '$nin' ? 'NOT ' : '';
  return {
    sql: ` AND ${not}EXISTS (SELECT 1 FROM document_metadata m WHERE m.document = d.row AND m.field = ? AND (${comparison}))`,
    values: [field, ...candidates.flatMap((candidate) => [typeof candidate, toSqlValue(candidate)])],
  };
}

/** How a metadata value is stored and compared: booleans as 0 and 1, beside the name of their type. */
export function toSqlValue(value: Scalar): string | number {
  return typeof value === 'boolean' ? Number(value) : value;
}
