/** A run as server-sent events: the ids `STREAM.NUMBER` say where to go on with `Last-Event-ID`. */
import type { Response } from 'express';
import { z } from 'zod';

import { callContext, type CallContext } from '@acervo/kernel';
import { fail, toProblem } from '@acervo/problem';

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

export const eventStream = 'text/event-stream';
export const streamIdSchema = z.string().regex(/^[\w-]{1,64}$/, 'The part of an event id before the point');

const lastEventId = /^([\w-]{1,64})\.(\d{1,9})$/;

/** What a client has seen: the stream, and the number of the first event that it has not. A stream's id alone is 0. */
export function lastEventOf(seen: string): { readonly id: string; readonly from: number } {
  const [, id = seen, number] = lastEventId.exec(seen) ?? [];
  return { id, from: number === undefined ? 0 : Number(number) + 1 };
}

/** What the body says, else what `Accept` does. */
export function wantsStream(stream: boolean | undefined, accept: string | undefined): boolean {
  return stream ?? accept?.includes(eventStream) === true;
}

/** Errors: STREAM_NOT_FOUND. */
export function foundStream<S>(stream: S | undefined): S {
  if (stream !== undefined) return stream;
  throw fail('STREAM_NOT_FOUND', 'It ended more than a minute ago, or never was: ask again without Last-Event-ID.');
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
