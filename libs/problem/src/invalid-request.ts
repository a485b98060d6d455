import type { DomainError } from '@acervo/kernel';

import { fail } from './fail';
import type { FieldError } from './problem-document';

/** What every Standard Schema library (zod among them) says of one field: https://standardschema.dev. */
interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** More would help nobody and could be as long as the request. */
const maxReportedErrors = 50;

/** REQUEST_INVALID with one entry a schema issue, each with a JSON pointer to its place. */
export function invalidRequest(issues: readonly SchemaIssue[]): DomainError {
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
