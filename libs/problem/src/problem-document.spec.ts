import { NotFoundException } from '@nestjs/common';
import { DomainError } from '@acervo/kernel';

import { catalogue } from './catalogue';
import { fail } from './fail';
import { toProblem } from './problem-document';

describe('toProblem', () => {
  it('derives status, title and type of a domain error from the catalogue', () => {
    const error = fail('COLLECTION_NOT_FOUND', 'No collection "x".', { collection: 'x' });
    expect(toProblem(error, { instance: '/search', requestId: 'r1' })).toEqual({
      type: '/problems/COLLECTION_NOT_FOUND',
      title: catalogue.COLLECTION_NOT_FOUND.title,
      status: 404,
      detail: 'No collection "x".',
      instance: '/search',
      code: 'COLLECTION_NOT_FOUND',
      request_id: 'r1',
      params: { collection: 'x' },
    });
  });

  it('calls a collection as its tenant does, not as the store', () => {
    const error = fail('COLLECTION_NOT_FOUND', 'No collection "acme.x"; acme.x is gone.', { collection: 'acme.x' });
    expect(toProblem(error)).toMatchObject({ detail: 'No collection "x"; x is gone.', params: { collection: 'x' } });
  });

  it('lists validation errors beside the parameters, not among them', () => {
    const problem = toProblem(fail('REQUEST_INVALID', 'Bad', { errors: [{ pointer: '/query', detail: 'Required' }] }));
    expect(problem.errors).toEqual([{ pointer: '/query', detail: 'Required' }]);
    expect(problem.params).toBeUndefined();
  });

  it.each([
    [new NotFoundException('Cannot GET /x'), 'ROUTE_NOT_FOUND'],
    [Object.assign(new Error('too large'), { type: 'entity.too.large' }), 'REQUEST_TOO_LARGE'],
    [Object.assign(new Error('Unexpected token'), { type: 'entity.parse.failed' }), 'REQUEST_MALFORMED_JSON'],
    [Object.assign(new Error('unsupported'), { type: 'encoding.unsupported' }), 'REQUEST_MEDIA_TYPE_UNSUPPORTED'],
    [Object.assign(new Error('File too large'), { code: 'LIMIT_FILE_SIZE' }), 'DOCUMENT_TOO_LARGE'],
    [Object.assign(new Error('no space'), { code: 'ENOSPC' }), 'STORE_DISK_FULL'],
    [new DomainError('NO_SUCH_CODE', 'canary'), 'SERVER_ERROR'],
    ['a string', 'SERVER_ERROR'],
  ])('recognises %s', (error, code) => {
    expect(toProblem(error).code).toBe(code);
  });

  it('shows nothing of the inside of an unexpected error', () => {
    expect(JSON.stringify(toProblem(new Error('canary: password')))).not.toContain('canary');
  });
});
