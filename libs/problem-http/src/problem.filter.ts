import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';

import { catalogue, isProblemCode, toOpenAiError, toProblem } from '@acervo/problem';

/** Seconds a client should wait before it tries a retryable failure again, when the thrower knows nothing better. */
const defaultRetryAfterSeconds = 2;
/** Clients of OpenAI read their own form of errors. */
const openAiPrefix = '/v1/';

/** Writes every error of a request as `application/problem+json` (below `/v1/` in the form of OpenAI); logs what is our fault with its cause. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request & { id?: unknown }>();
    const response = host.switchToHttp().getResponse<Response>();
    const requestId = typeof request.id === 'string' ? { requestId: request.id } : {};
    const problem = toProblem(error, { instance: request.originalUrl.slice(0, 2_048), ...requestId });
    // That so many are refused is what the line of each request says; a stack for each would cost more than refusing.
    if (problem.status >= 500 && problem.code !== 'SERVER_OVERLOADED')
      this.logger.error({ err: error, code: problem.code, request_id: request.id });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (problem.status === 503 && isProblemCode(problem.code) && catalogue[problem.code].retryable === true) {
      const wait = problem.params?.['retryAfterSeconds'];
      response.setHeader('Retry-After', String(typeof wait === 'number' ? Math.ceil(wait) : defaultRetryAfterSeconds));
    }
    const isForOpenAi = request.path.startsWith(openAiPrefix);
    const body = isForOpenAi ? toOpenAiError(problem) : problem;
    const type = isForOpenAi ? 'application/json' : 'application/problem+json';
    response.status(problem.status).type(type).send(JSON.stringify(body));
  }
}
