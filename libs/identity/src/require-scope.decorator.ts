import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiForbiddenResponse, ApiSecurity, ApiUnauthorizedResponse } from '@nestjs/swagger';

import type { Scope } from './client';

export const scopesKey = Symbol('RequireScope');
export const publicKey = Symbol('Public');

/** The route, or every route of the controller, asks for a key with one of these scopes; `admin` holds all. */
export function RequireScope(...anyOf: [Scope, ...Scope[]]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(scopesKey, anyOf),
    ApiBearerAuth('bearer'),
    ApiSecurity('api_key'),
    ApiUnauthorizedResponse({ description: 'With AUTH=keys: no key, or one that is not valid now' }),
    ApiForbiddenResponse({ description: `Keys need the scope ${anyOf.join(' or ')}, and the collection` }),
  );
}

/** Open to everybody, whatever AUTH says. */
export function Public(): MethodDecorator & ClassDecorator {
  return SetMetadata(publicKey, true);
}
