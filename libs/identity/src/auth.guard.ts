import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { DomainError } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { holdsScope, Identification, type Client, type Scope } from './client';
import { publicKey, scopesKey } from './require-scope.decorator';

/** A route that says nothing about itself is for administrators. */
const undeclared: readonly Scope[] = ['admin'];

/** Lets in whoever may use a route. Errors: AUTH_REQUIRED, AUTH_INVALID, AUTH_FORBIDDEN. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly identification: Identification,
  ) {}

  canActivate(host: ExecutionContext): boolean {
    const places = [host.getHandler(), host.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(publicKey, places) === true) return true;
    const http = host.switchToHttp();
    const response = http.getResponse<ServerResponse>();
    const client = this.identify(http.getRequest<IncomingMessage>(), response);
    const anyOf = this.reflector.getAllAndOverride<readonly Scope[] | undefined>(scopesKey, places) ?? undeclared;
    if (anyOf.some((scope) => holdsScope(client, scope))) return true;
    response.setHeader('WWW-Authenticate', challenge(`error="insufficient_scope", scope="${anyOf.join(' ')}"`));
    throw fail('AUTH_FORBIDDEN', `This needs a key with the scope ${anyOf.join(' or ')}.`, { scopes: anyOf });
  }

  private identify(request: IncomingMessage, response: ServerResponse): Client {
    try {
      return this.identification.identify(request);
    } catch (error) {
      // RFC 6750: a request without a key is told the scheme alone.
      if (error instanceof DomainError && error.code.startsWith('AUTH_')) {
        const isInvalid = error.code === 'AUTH_INVALID';
        response.setHeader('WWW-Authenticate', challenge(isInvalid ? 'error="invalid_token"' : undefined));
      }
      throw error;
    }
  }
}

function challenge(reason: string | undefined): string {
  return `Bearer realm="acervo"${reason === undefined ? '' : `, ${reason}`}`;
}
