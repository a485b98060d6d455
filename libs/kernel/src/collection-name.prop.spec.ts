import * as fc from 'fast-check';

import { publicName, publicTenant, storeName, tenantOf } from './collection-name';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/);

describe('names of collections in the store', () => {
  it('lead back to tenant and name', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constant(publicTenant), name), name, (tenant, collection) => {
        const stored = storeName(tenant, collection);
        expect([tenantOf(stored), publicName(stored)]).toEqual([tenant, collection]);
      }),
    );
  });

  it('are plain for the public tenant', () => {
    expect(storeName(publicTenant, 'documents')).toBe('documents');
  });
});
