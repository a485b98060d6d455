import { DomainError } from '@acervo/kernel';
import type { ProblemCode } from '@acervo/problem';

/**
 * `fail` for code that runs in the database threads: that of @acervo/problem would load the web framework into each of
 * them (0.65 s and 39 MB).
 */
export function storeFailure(
  code: ProblemCode,
  detail: string,
  params: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): DomainError {
  return new DomainError(code, detail, params, cause === undefined ? undefined : { cause });
}
