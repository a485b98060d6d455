import type { ServerResponse } from 'node:http';

import type { ContentCoding } from './coding';
import type { CollectionState } from './generations';

/** Where the bytes lie and what they were made from, for whoever wants to send them again. */
export interface BodyOrigin {
  /** In the cache of answers. */
  readonly key: string;
  readonly collection: string;
  /** Of the collection, when the answer was asked for. */
  readonly state: CollectionState;
  readonly coding: ContentCoding;
}

/**
 * An answer whose bytes are ready: status, its own headers, body. Sent by an adapter that knows it; Nest would turn a
 * Buffer into JSON.
 */
export class CachedBody {
  constructor(
    readonly status: number,
    /** Without Content-Length. */
    readonly headers: Readonly<Record<string, string>>,
    /** Undefined: none, as with 304. Shared with others: do not change it. */
    readonly bytes: Buffer | undefined,
    /** Undefined: it is in no cache. */
    readonly origin?: BodyOrigin,
  ) {}

  /** Headers, length and bytes; of HEAD the bytes stay away. */
  send(response: ServerResponse): void {
    response.statusCode = this.status;
    for (const name of Object.keys(this.headers)) response.setHeader(name, this.headers[name] ?? '');
    if (this.bytes === undefined) {
      response.end();
      return;
    }
    response.setHeader('Content-Length', this.bytes.byteLength);
    response.end(response.req.method === 'HEAD' ? undefined : this.bytes);
  }
}
