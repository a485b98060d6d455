/**
 * An expected failure of the domain, named by a code of the problem catalogue.
 * Holds no HTTP: the edge derives status, title and help page from `code`.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: string,
    message: string,
    readonly params: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** What of an error crosses a thread or process boundary; structured clone drops classes and own fields. */
export interface WireError {
  readonly code: string | undefined;
  readonly message: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly stack: string | undefined;
}

export function toWireError(error: unknown): WireError {
  if (error instanceof DomainError) {
    return { code: error.code, message: error.message, params: error.params, stack: error.stack };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: undefined, message, params: {}, stack };
}

export function fromWireError(wire: WireError): Error {
  const error =
    wire.code === undefined ? new Error(wire.message) : new DomainError(wire.code, wire.message, wire.params);
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
