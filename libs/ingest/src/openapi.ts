import type { ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';

type BodySchema = NonNullable<Extract<ApiBodyOptions, { schema: unknown }>['schema']>;

/** What the OpenAPI document shows of a request schema. */
export function documentedSchema(schema: z.ZodType): BodySchema {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' }) as never;
}
