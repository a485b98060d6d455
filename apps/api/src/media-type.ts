import type { NextFunction, Request, Response } from 'express';

import { fail } from '@acervo/problem';

/** Refuses bodies that no route reads, instead of treating them as absent. */
export function refuseUnknownMediaTypes(request: Request, _response: Response, next: NextFunction): void {
  const type = request.headers['content-type'];
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody || (type !== undefined && request.is(['json', '+json', 'multipart/form-data']) !== false)) {
    next();
    return;
  }
  const got = type === undefined ? 'no Content-Type' : `Content-Type ${JSON.stringify(type.slice(0, 100))}`;
  next(
    fail('REQUEST_MEDIA_TYPE_UNSUPPORTED', `Got ${got}: send application/json, or multipart/form-data to /documents.`),
  );
}
