/**
 * Names of collections, of tenants and in the store.
 *
 * In the store the collection NAME of a tenant is called TENANT.NAME; those of the tenant `public` keep their plain
 * names. Neither part may hold a point, so no two tenants' collections meet. Rooms below the doors of the API know
 * names in the store only; whoever answers a caller shows `publicName`.
 */

/** The tenant of requests without a key, and of keys that name none: the operator's own. */
export const publicTenant = 'public';

const separator = '.';

/** @param name without a point */
export function storeName(tenant: string, name: string): string {
  return tenant === publicTenant ? name : `${tenant}${separator}${name}`;
}

export function tenantOf(storeName: string): string {
  const end = storeName.indexOf(separator);
  return end === -1 ? publicTenant : storeName.slice(0, end);
}

/** As its tenant calls it. */
export function publicName(storeName: string): string {
  return storeName.slice(storeName.indexOf(separator) + 1);
}
