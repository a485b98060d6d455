import { invalidRequest } from './invalid-request';

describe('invalidRequest', () => {
  it('points to each field with an RFC 6901 pointer', () => {
    const issues = [
      { message: 'Too short', path: ['requests', 0, 'query'] },
      { message: 'Unknown', path: [{ key: 'a/b~c' }] },
      { message: 'Not an object' },
    ];
    expect(invalidRequest(issues)).toMatchObject({
      code: 'REQUEST_INVALID',
      message: 'Too short at /requests/0/query. Mend what `errors` lists.',
      params: {
        errors: [
          { pointer: '/requests/0/query', detail: 'Too short' },
          { pointer: '/a~1b~0c', detail: 'Unknown' },
          { pointer: '', detail: 'Not an object' },
        ],
      },
    });
  });

  it('reports no more errors than anybody reads', () => {
    const issues = Array.from({ length: 1_000 }, (_, at) => ({ message: 'Bad', path: [at] }));
    expect(invalidRequest(issues).params['errors']).toHaveLength(50);
  });
});
