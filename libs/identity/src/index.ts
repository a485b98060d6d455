export { clientOf, Identification, publicTenant, rememberClient, scopes } from './client';
export type { Client, Scope } from './client';
