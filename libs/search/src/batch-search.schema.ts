import { z } from 'zod';

import { searchAnswerSchema } from './search-answer.schema';
import { maxBatchRequests, searchRequestSchema } from './search.schema';

/** Items are checked one by one, so that a bad one does not fail the rest; the document shows what they have to be. */
const item = z.unknown().meta(z.toJSONSchema(searchRequestSchema, { target: 'openapi-3.0', io: 'input' }));
const items = z.array(item).min(1).max(maxBatchRequests);

/** A bare array or `{ requests }`. */
export const batchSearchBodySchema = z.union([items, z.strictObject({ requests: items })], {
  error: `Send an array of 1 to ${maxBatchRequests} searches, or { "requests": [...] }`,
});
export type BatchSearchBody = z.output<typeof batchSearchBodySchema>;

/** A batch costs as many permits as it has items, a body that is none costs one. */
export function batchWeight(body: unknown): number {
  const items: unknown = Array.isArray(body) ? body : (body as { requests?: unknown } | null | undefined)?.requests;
  return Array.isArray(items) && items.length >= 1 && items.length <= maxBatchRequests ? items.length : 1;
}

const problemSchema = z
  .looseObject({ type: z.string(), title: z.string(), status: z.int(), detail: z.string(), code: z.string() })
  .meta({ description: 'RFC 9457 problem of this item' });

export const batchSearchAnswerSchema = z.object({
  results: z.array(z.union([searchAnswerSchema, problemSchema])).meta({ description: 'In the order of the requests' }),
});
