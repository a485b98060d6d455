import type { OpenAPIObject } from '@nestjs/swagger';

/** Name of the limit of an operation in the OpenAPI document; `none` for those without one. */
export const limitExtension = 'x-rate-limit';

interface Operation {
  [limitExtension]?: string;
  responses?: Record<string, unknown>;
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

const text = (description: string): object => ({ description, schema: { type: 'string' } });

const refusal = {
  description: 'The limit of this client is used up (RATE_LIMIT_EXCEEDED); nothing was spent',
  headers: {
    'Retry-After': {
      description: 'Seconds; absent when the request costs more than the whole limit',
      schema: { type: 'integer' },
    },
    'RateLimit-Policy': text('What holds: `"search";q=60;w=60`'),
    RateLimit: text('What is left: `"search";r=0;t=42`'),
  },
};

/** Every operation says which limit it is under, and what a refusal looks like. */
export function describeLimits(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const method of methods) {
      const operation = path[method] as Operation | undefined;
      if (operation === undefined || operation[limitExtension] === 'none') continue;
      operation[limitExtension] ??= 'default';
      operation.responses = { ...operation.responses, 429: refusal };
    }
  }
}
