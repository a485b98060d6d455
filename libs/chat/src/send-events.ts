/** A run as server-sent events: the ids `STREAM.NUMBER` say where to go on with `Last-Event-ID`. */
import type { Response } from 'express';

import { callContext, type CallContext } from '@acervo/kernel';
import { toProblem } from '@acervo/problem';

import { SseWriter } from './sse-writer';

export interface WireEvent {
  readonly type: string;
  readonly data: unknown;
}

export interface Sending<E> {
  readonly streamId: string;
  /** An event as clients get it. */
  readonly wire: (event: E) => WireEvent;
  readonly response: Response;
  readonly heartbeatMs: number;
  readonly context: CallContext;
}

const lastEventId = /^([\w-]{1,64})\.(\d{1,9})$/;

/** What a client has seen: the stream, and the number of the first event that it has not. A stream's id alone is 0. */
export function lastEventOf(seen: string): { readonly id: string; readonly from: number } {
  const [, id = seen, number] = lastEventId.exec(seen) ?? [];
  return { id, from: number === undefined ? 0 : Number(number) + 1 };
}

/** What fails before the first event is answered as a problem with its status, what fails later as an event. */
export async function sendEvents<E>(
  events: AsyncGenerator<{ readonly event: E; readonly number: number }>,
  { streamId, wire, response, heartbeatMs, context }: Sending<E>,
): Promise<void> {
  const first = await events.next();
  const writer = new SseWriter(response, heartbeatMs);
  try {
    for (let next = first; next.done !== true; next = await events.next()) {
      const { type, data } = wire(next.value.event);
      await writer.send(type, data, `${streamId}.${next.value.number}`, context);
    }
  } catch (error) {
    if (!response.destroyed) {
      const place = { instance: response.req.originalUrl, requestId: response.req.id };
      await writer.send('error', toProblem(error, place), undefined, callContext(1_000)).catch(() => undefined);
    }
  } finally {
    await events.return(undefined);
    writer.end();
  }
}
