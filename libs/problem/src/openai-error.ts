import type { ProblemDocument } from './problem-document';

/** What clients of OpenAI expect for an error. */
export interface OpenAiError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** The field at fault, as `messages[0].content`. */
    readonly param: string | null;
    /** Of the catalogue. */
    readonly code: string;
  };
}

export function toOpenAiError({ status, detail, code, errors }: ProblemDocument): OpenAiError {
  const [first] = errors ?? [];
  const message = first === undefined ? detail : `${first.detail} (${toPath(first.pointer)})`;
  return { error: { message, type: typeOf(status), param: first ? toPath(first.pointer) : null, code } };
}

function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 429:
      return 'rate_limit_error';
    default:
      return status < 500 ? 'invalid_request_error' : 'server_error';
  }
}

/** RFC 6901 to the form that OpenAI uses. */
function toPath(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  return parts.reduce((path, part) => {
    if (/^\d+$/.test(part)) return `${path}[${part}]`;
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    return path === '' ? name : `${path}.${name}`;
  }, '');
}
