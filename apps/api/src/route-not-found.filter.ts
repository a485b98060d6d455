import { Catch, NotFoundException, type ArgumentsHost } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { fail } from '@acervo/problem';
import { ProblemFilter } from '@acervo/problem-http';

import type { ConsoleFile } from './console/console-files';
import { sendPage } from './console/send-console-file';

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

/**
 * Tells a wrong method (405 with Allow) from an unknown path (404), by the routes of the OpenAPI document. A person who
 * follows a wrong link gets the console, which says so.
 */
@Catch(NotFoundException)
export class RouteNotFoundFilter extends ProblemFilter {
  private readonly paths: readonly KnownPath[];

  constructor(
    document: OpenAPIObject,
    private readonly page?: ConsoleFile,
  ) {
    super();
    this.paths = Object.entries(document.paths).map(([path, operations]) => {
      const methods = Object.keys(operations).map((method) => method.toUpperCase());
      return {
        pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}/?$`),
        methods: methods.includes('GET') ? [...methods, 'HEAD'] : methods,
      };
    });
  }

  override catch(_error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const known = this.paths.find(({ pattern }) => pattern.test(request.path));
    if (known === undefined) {
      if (this.page !== undefined && isNavigation(request)) {
        sendPage(request, host.switchToHttp().getResponse<Response>(), this.page, 404);
        return;
      }
      const detail = `Nothing answers ${request.method} ${request.path.slice(0, 200)}: see /docs for the routes.`;
      super.catch(fail('ROUTE_NOT_FOUND', detail), host);
      return;
    }
    const allow = known.methods.join(', ');
    host.switchToHttp().getResponse<Response>().setHeader('Allow', allow);
    super.catch(fail('METHOD_NOT_ALLOWED', `${request.method} is not offered here: use ${allow}.`), host);
  }
}

/** Programs ask for JSON or for anything; a browser that opens an address names HTML first. */
function isNavigation({ method, headers }: Request): boolean {
  return method === 'GET' && headers.accept?.startsWith('text/html') === true;
}
