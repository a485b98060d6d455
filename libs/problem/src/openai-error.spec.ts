import { fail } from './fail';
import { toOpenAiError } from './openai-error';
import { toProblem } from './problem-document';

describe('toOpenAiError', () => {
  it('says what is wrong with which field, in the words of OpenAI', () => {
    const errors = [{ pointer: '/messages/0/a~1b', detail: 'Too long' }];
    expect(toOpenAiError(toProblem(fail('REQUEST_INVALID', 'Two fields.', { errors })))).toEqual({
      error: {
        message: 'Too long (messages[0].a/b)',
        type: 'invalid_request_error',
        param: 'messages[0].a/b',
        code: 'REQUEST_INVALID',
      },
    });
  });

  it.each([
    ['AUTH_REQUIRED', 'authentication_error'],
    ['AUTH_FORBIDDEN', 'permission_error'],
    ['MODEL_NOT_FOUND', 'not_found_error'],
    ['RATE_LIMIT_EXCEEDED', 'rate_limit_error'],
    ['REQUEST_TOO_LARGE', 'invalid_request_error'],
    ['MODEL_OVERLOADED', 'server_error'],
  ] as const)('calls %s a %s', (code, type) => {
    expect(toOpenAiError(toProblem(fail(code, 'Because.')))).toEqual({
      error: { message: 'Because.', type, param: null, code },
    });
  });

  it('shows nothing of what is our own fault', () => {
    expect(JSON.stringify(toOpenAiError(toProblem(new Error('secret'))))).not.toContain('secret');
  });
});
