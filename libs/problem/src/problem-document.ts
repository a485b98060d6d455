/**
 * Any thrown value → RFC 9457 problem document. Domain errors carry a catalogue code; what the framework and the body
 * parsers throw is recognised by its shape; everything else is SERVER_ERROR and shows nothing of its inside.
 */
import { DomainError, publicName } from '@acervo/kernel';

import { catalogue, isProblemCode, type ProblemCode } from './catalogue';

export interface FieldError {
  /** JSON pointer (RFC 6901) into the body, or `/name` of a query parameter. */
  readonly pointer: string;
  readonly detail: string;
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly code: string;
  readonly request_id?: string;
  readonly errors?: readonly FieldError[];
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface ProblemPlace {
  readonly instance?: string;
  readonly requestId?: string;
}

export function toProblem(error: unknown, { instance, requestId }: ProblemPlace = {}): ProblemDocument {
  const { code, detail, params } = recognise(error);
  const { errors, ...shown } = params;
  return {
    type: `/problems/${code}`,
    title: catalogue[code].title,
    status: catalogue[code].status,
    detail,
    ...(instance === undefined ? {} : { instance }),
    code,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(errors === undefined ? {} : { errors: errors as readonly FieldError[] }),
    ...(Object.keys(shown).length === 0 ? {} : { params: shown }),
  };
}

/**
 * The same recognition as a domain error, for middleware: Nest replaces a parser's error by one of its own before any
 * filter sees it.
 */
export function toDomainError(error: unknown): DomainError {
  const { code, detail, params } = recognise(error);
  return new DomainError(code, detail, params, { cause: error });
}

interface Recognised {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly params: Readonly<Record<string, unknown>>;
}

function recognise(error: unknown): Recognised {
  if (error instanceof DomainError && isProblemCode(error.code)) {
    return asCallersSay({ code: error.code, detail: error.message, params: error.params });
  }
  const code = recogniseForeign(error);
  const isOurFault = code === 'SERVER_ERROR' || !(error instanceof Error);
  return { code, detail: isOurFault ? catalogue[code].detail : foreignDetail(code, error), params: {} };
}

/** Below the doors collections have their names in the store; a caller is shown the one that its tenant gave. */
function asCallersSay({ code, detail, params }: Recognised): Recognised {
  const { collection } = params;
  const name = typeof collection === 'string' ? publicName(collection) : collection;
  if (typeof collection !== 'string' || typeof name !== 'string' || name === collection)
    return { code, detail, params };
  return { code, detail: detail.replaceAll(collection, name), params: { ...params, collection: name } };
}

/** Errors of Nest (`status`), body-parser and raw-body (`type`), multer (`code`), Node's disk errors (`code`). */
function recogniseForeign(error: unknown): ProblemCode {
  if (typeof error !== 'object' || error === null) return 'SERVER_ERROR';
  const { type, code, status } = error as { type?: unknown; code?: unknown; status?: unknown };
  switch (type) {
    case 'entity.too.large':
    case 'parameters.too.many':
      return 'REQUEST_TOO_LARGE';
    case 'entity.parse.failed':
      return 'REQUEST_MALFORMED_JSON';
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return 'REQUEST_MEDIA_TYPE_UNSUPPORTED';
    case 'request.aborted':
      return 'REQUEST_CANCELLED';
    default:
  }
  switch (code) {
    case 'LIMIT_FILE_SIZE':
      return 'DOCUMENT_TOO_LARGE';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'STORE_DISK_FULL';
    default:
  }
  if (typeof code === 'string' && code.startsWith('LIMIT_')) return 'REQUEST_INVALID';
  switch (status ?? (error as { statusCode?: unknown }).statusCode) {
    case 400:
      return 'REQUEST_INVALID';
    case 404:
      return 'ROUTE_NOT_FOUND';
    case 405:
      return 'METHOD_NOT_ALLOWED';
    case 413:
      return 'REQUEST_TOO_LARGE';
    case 415:
      return 'REQUEST_MEDIA_TYPE_UNSUPPORTED';
    default:
      return 'SERVER_ERROR';
  }
}

function foreignDetail(code: ProblemCode, error: Error): string {
  const mend = catalogue[code].detail;
  return code === 'REQUEST_MALFORMED_JSON' || code === 'REQUEST_INVALID' ? `${error.message}. ${mend}` : mend;
}
