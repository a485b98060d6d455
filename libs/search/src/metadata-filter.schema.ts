import { z } from 'zod';

const scalar = z.union([z.string().max(1024), z.number(), z.boolean()]);
const list = z.array(scalar).min(1).max(100);
const ordered = z.union([z.string().max(1024), z.number()]);

const operatorsSchema = z
  .strictObject({
    $eq: scalar.optional(),
    $ne: scalar.optional(),
    $gt: ordered.optional(),
    $gte: ordered.optional(),
    $lt: ordered.optional(),
    $lte: ordered.optional(),
    $in: list.optional(),
    $nin: list.optional(),
  })
  .refine((operators) => Object.keys(operators).length > 0, 'Give at least one operator');

const fieldName = z
  .string()
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,63}$/u, 'A field name of letters, digits, `_`, `-`, `.`');
const maxFields = 20;

/** zod passes over a `__proto__` key in records without a word; a filter that is not applied must be refused. */
function refuseProto(input: unknown, context: { readonly issues: object[] }): unknown {
  if (typeof input === 'object' && input !== null && Object.hasOwn(input, '__proto__')) {
    context.issues.push({ code: 'custom', message: '`__proto__` is no field of metadata', input, path: ['__proto__'] });
  }
  return input;
}

/** Field → value that it must equal, or operators that must all hold. */
export const metadataFilterSchema = z
  .preprocess(
    refuseProto,
    z
      .record(fieldName, z.union([scalar, operatorsSchema]))
      .refine((fields) => Object.keys(fields).length <= maxFields, `At most ${maxFields} fields`),
  )
  .meta({
    description: 'Field → value, or operators $eq $ne $gt $gte $lt $lte $in $nin',
    example: { area: 'deploy', version: { $gte: 2 } },
  });

export type MetadataFilter = z.output<typeof metadataFilterSchema>;
