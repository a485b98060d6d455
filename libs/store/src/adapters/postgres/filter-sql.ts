/**
 * A chunk filter as SQL over the alias `d` of `documents`: text with `$n` and its values. Metadata compare by type: a
 * number never equals a string; strings order by code point, false before true. A list matches when one of its elements
 * does; `$ne` and `$nin` are the negation of `$eq` and `$in`, so a document without the field matches them.
 */
import type { ChunkFilter, MetadataCondition } from '../../model';
import { storableText } from './storable-text';

export interface SqlCondition {
  /** Starts with ` AND ` when not empty. */
  readonly sql: string;
  readonly values: readonly (string | readonly string[])[];
}

type Scalar = string | number | boolean;
type Bind = (value: string | readonly string[]) => string;

const comparators = { $eq: '=', $ne: '=', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=', $in: '=', $nin: '=' } as const;

/** @param taken parameters that the statement has already */
export function toSql(filter: ChunkFilter, taken: number): SqlCondition {
  const values: (string | readonly string[])[] = [];
  const bind: Bind = (value) => {
    values.push(value);
    return `$${taken + values.length}`;
  };
  const parts = [
    filter.docTypes && `d.doc_type = ANY (${bind(filter.docTypes)}::text[])`,
    filter.languages && `d.language = ANY (${bind(filter.languages)}::text[])`,
    filter.sourcePrefix === undefined ? undefined : `starts_with(d.source, ${bind(filter.sourcePrefix)}::text)`,
    filter.dateFrom === undefined ? undefined : `d.date >= ${bind(filter.dateFrom)}::text`,
    filter.dateTo === undefined ? undefined : `d.date <= ${bind(filter.dateTo)}::text`,
    ...(filter.metadata ?? []).map((condition) => metadataSql(condition, bind)),
  ].filter((part) => part !== undefined);
  return { sql: parts.map((part) => ` AND ${part}`).join(''), values };
}

function metadataSql({ field, operator, value }: MetadataCondition, bind: Bind): string {
  const candidates: readonly Scalar[] = typeof value === 'object' ? value : [value];
  const name = `${bind(storableText(field))}::text`;
  const comparison = candidates.map((each) => comparisonSql(each, comparators[operator], bind)).join(' OR ');
  const not = operator === '$ne' || operator === '$nin' ? 'NOT ' : '';
  const elements = `jsonb_path_query_array(d.fields -> ${name}, '$[*]')`;
  return `${not}EXISTS (SELECT 1 FROM jsonb_array_elements(${elements}) m (e) WHERE ${comparison === '' ? 'false' : comparison})`;
}

/** jsonb compares numbers and booleans as they are, but strings by the database's own collation. */
function comparisonSql(candidate: Scalar, comparator: string, bind: Bind): string {
  const isOfKind = `jsonb_typeof(m.e) = '${typeof candidate}'`;
  return typeof candidate === 'string'
    ? `(${isOfKind} AND (m.e #>> '{}') COLLATE "C" ${comparator} ${bind(storableText(candidate))}::text)`
    : `(${isOfKind} AND m.e ${comparator} ${bind(JSON.stringify(candidate))}::text::jsonb)`;
}
