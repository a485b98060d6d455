import { z } from 'zod';

import { searchAnswerSchema } from './search-answer.schema';
import { maxBatchRequests, searchRequestSchema } from './search.schema';

/** Items are checked one by one, so that a bad one does not fail the rest. */
const items = z.array(z.unknown()).min(1).max(maxBatchRequests);

/** A bare array or `{ requests }`. */
export const batchSearchBodySchema = z.union([items, z.strictObject({ requests: items })], {
  error: `Send an array of 1 to ${maxBatchRequests} searches, or { "requests": [...] }`,
});
export type BatchSearchBody = z.output<typeof batchSearchBodySchema>;

/** What the OpenAPI document shows. */
const documentedItems = z.array(searchRequestSchema).min(1).max(maxBatchRequests);
export const documentedBatchBodySchema = z.union([documentedItems, z.strictObject({ requests: documentedItems })]);

const problemSchema = z
  .looseObject({ type: z.string(), title: z.string(), status: z.int(), detail: z.string(), code: z.string() })
  .meta({ description: 'RFC 9457 problem of this item' });

export const batchSearchAnswerSchema = z.object({
  results: z.array(z.union([searchAnswerSchema, problemSchema])).meta({ description: 'In the order of the requests' }),
});
