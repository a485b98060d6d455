import { Injectable, StandardSchemaValidationPipe } from '@nestjs/common';

import { fail } from './fail';
import type { FieldError } from './problem-document';

type Issues = Parameters<
  NonNullable<NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory']>
>[0];

/** More would help nobody and could be as long as the request. */
const maxReportedErrors = 50;

/** Nest's schema pipe with answers as problems: each issue with a JSON pointer. Must be global to act at all. */
@Injectable()
export class SchemaValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: invalidRequest });
  }

  /** A `__proto__` key is refused by the strict schemas; stripping it would accept the request in silence. */
  protected override stripProtoKeys(): void {
    // Nothing to strip: zod builds new objects and never assigns foreign keys.
  }
}

/** REQUEST_INVALID with one entry a schema issue. */
export function invalidRequest(issues: Issues): Error {
  const errors = issues.slice(0, maxReportedErrors).map((issue): FieldError => ({
    pointer: (issue.path ?? []).map((segment) => `/${escapePointer(segment)}`).join(''),
    detail: issue.message,
  }));
  const first = errors[0];
  const place = first === undefined || first.pointer === '' ? '' : ` at ${first.pointer}`;
  return fail('REQUEST_INVALID', `${first?.detail ?? 'Invalid'}${place}. Mend what \`errors\` lists.`, { errors });
}

function escapePointer(segment: PropertyKey | { readonly key: PropertyKey }): string {
  const key = typeof segment === 'object' ? segment.key : segment;
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}
