import { traceHeaders } from '@acervo/tracing';

/**
 * `fetch` that fails once a body grows beyond `maxBytes`: a server must not be able to fill our memory. It tells the
 * server which trace the call belongs to.
 */
export function boundedFetch(maxBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, withHeaders(init, traceHeaders()));
    if (response.body === null) return response;
    let received = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(part, controller) {
          received += part.byteLength;
          if (received > maxBytes) controller.error(new Error(`The answer is larger than ${maxBytes} bytes.`));
          else controller.enqueue(part);
        },
      }),
    );
    const { status, statusText, headers } = response;
    return new Response(counted, { status, statusText, headers });
  };
}

function withHeaders(init: RequestInit | undefined, added: Readonly<Record<string, string>>): RequestInit | undefined {
  const entries = Object.entries(added);
  if (entries.length === 0) return init;
  const headers = new Headers(init?.headers);
  for (const [name, value] of entries) headers.set(name, value);
  return { ...init, headers };
}
