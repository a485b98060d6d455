export { ApiKeyStore } from './api-key-store';
export type { ApiKey, NewApiKey } from './api-key-store';
export { parseApiKey } from './api-key';
export { clientOf, holdsScope, Identification, rememberClient, scopes } from './client';
export type { Client, Scope } from './client';
export { createIdentification } from './create-identification';
export type { IdentificationOptions } from './create-identification';
export { IdentityModule } from './identity.module';
export { Public, RequireScope } from './require-scope.decorator';
