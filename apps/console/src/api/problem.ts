/** An answer of the server that is an error, or no answer at all. */
export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly status?: number | undefined;
  readonly request_id?: string | undefined;
  /** As the server computed it. */
  readonly retryAfterSeconds?: number | undefined;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[] | undefined;
}

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** Codes of this page's own: their words are in the messages. */
export const noConnection = 'CONSOLE_NO_CONNECTION';
export const strangeAnswer = 'CONSOLE_STRANGE_ANSWER';

/** Whatever was thrown, as something that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const isLate = error instanceof DOMException && error.name === 'TimeoutError';
  if (isLate || error instanceof TypeError) return { code: noConnection, title: '', detail: '' };
  return { code: strangeAnswer, title: '', detail: error instanceof Error ? error.message : String(error) };
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** What a proxy says in front of the server is no problem document. */
export function readProblem(status: number, text: string, requestId: string | null): Problem {
  try {
    const body = JSON.parse(text) as Partial<Problem> | null;
    if (typeof body?.code === 'string' && typeof body.title === 'string' && typeof body.detail === 'string') {
      const { code, title, detail, errors, request_id = requestId ?? undefined } = body;
      return { code, title, detail, status, errors, request_id };
    }
  } catch {
    // Not JSON: told below.
  }
  return { code: strangeAnswer, title: '', detail: `HTTP ${status}`, status, request_id: requestId ?? undefined };
}
