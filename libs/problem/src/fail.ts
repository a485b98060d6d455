import { DomainError } from '@acervo/kernel';

import { catalogue, type ProblemCode } from './catalogue';

/**
 * Builds the error of a catalogue code. `detail` says how to mend this very request; without it the catalogue's
 * sentence is used. `params` are shown to the caller: no secrets.
 */
export function fail(
  code: ProblemCode,
  detail: string = catalogue[code].detail,
  params: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): DomainError {
  return new DomainError(code, detail, params, cause === undefined ? undefined : { cause });
}
