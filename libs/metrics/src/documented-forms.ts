import type { ApiResponseOptions } from '@nestjs/swagger';
import { z } from 'zod';

import { metricsExample } from './metrics.example';
import { metricsSchema } from './metrics.schema';

type Content = NonNullable<ApiResponseOptions['content']>;

const textExample = [
  '# HELP acervo_http_requests_total Requests answered, by route and status.',
  '# TYPE acervo_http_requests_total counter',
  'acervo_http_requests_total{route="/search",method="POST",status="200"} 4994',
].join('\n');

const text = { schema: { type: 'string' as const }, example: textExample };

/** What the OpenAPI document shows of the two forms. */
export const documentedForms: Content = {
  'application/json': {
    schema: z.toJSONSchema(metricsSchema, { target: 'openapi-3.0', io: 'output' }) as never,
    example: metricsExample,
  },
  'text/plain': text,
  'application/openmetrics-text': text,
};
