import type { SearchRequest } from './search.schema';

/**
 * The same text for searches that have the same answer: keys in order, one of several as a list, lists of alternatives
 * sorted and without repetitions. Without collection and mode, whose defaults are not known here.
 */
export function canonicalRequest(request: SearchRequest): string {
  const { doc_type, language, ...others } = request.filters ?? {};
  const filters = request.filters && { ...others, doc_type: asSet(doc_type), language: asSet(language) };
  return JSON.stringify(inOrder({ ...request, filters, collection: undefined, mode: undefined }));
}

function asSet(alternatives: string | readonly string[] | undefined): readonly string[] | undefined {
  if (alternatives === undefined) return undefined;
  return [...new Set(typeof alternatives === 'string' ? [alternatives] : alternatives)].sort();
}

/** Integer-like keys come first in every object, whatever the order: entries keep the order they are given. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, part]) => [name, inOrder(part)]);
}
