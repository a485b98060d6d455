import type { DomainError } from '@acervo/kernel';

import { assertOperator, canReach, reachCollection, type Reach } from './collection-access';

const anybody: Reach = { tenant: 'public', collections: undefined };
const acme: Reach = { tenant: 'acme', collections: undefined };
const bound: Reach = { tenant: 'acme', collections: new Set(['handbook']) };
const twice: Reach = { tenant: 'acme', collections: new Set(['handbook', 'notes']) };

function codeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as DomainError).code;
  }
}

describe('the door to collections', () => {
  it.each([
    [anybody, 'handbook', 'handbook'],
    [anybody, undefined, 'documents'],
    [acme, 'handbook', 'acme.handbook'],
    [acme, undefined, 'acme.documents'],
    [acme, 'public', 'acme.public'],
    [bound, 'handbook', 'acme.handbook'],
    [bound, undefined, 'acme.handbook'],
    [bound, 'notes', 'AUTH_FORBIDDEN'],
    [twice, 'notes', 'acme.notes'],
    [twice, undefined, 'AUTH_FORBIDDEN'],
    [anybody, 'acme.handbook', 'COLLECTION_NOT_FOUND'],
    [acme, 'globex.handbook', 'COLLECTION_NOT_FOUND'],
    [acme, '.handbook', 'COLLECTION_NOT_FOUND'],
    [bound, 'acme.handbook', 'COLLECTION_NOT_FOUND'],
  ])('for %j, %s leads to %s', (client, name, expected) => {
    expect(codeOf(() => reachCollection(client, name, 'documents'))).toBe(expected);
  });

  it.each([
    [anybody, ['handbook', 'documents']],
    [acme, ['acme.handbook', 'acme.notes']],
    [bound, ['acme.handbook']],
    [{ tenant: 'acm', collections: undefined }, []],
  ])('for %j is open to its own of all names', (client: Reach, expected) => {
    const names = ['handbook', 'documents', 'acme.handbook', 'acme.notes', 'globex.handbook'];
    expect(names.filter((name) => canReach(client, name))).toEqual(expected);
  });

  it('to what belongs to no collection is the operator alone', () => {
    const clients = [anybody, acme, bound, { ...anybody, collections: new Set(['handbook']) }];
    const refused = clients.filter((client) => {
      return (
        codeOf(() => {
          assertOperator(client);
        }) === 'AUTH_FORBIDDEN'
      );
    });
    expect(refused).toEqual(clients.slice(1));
  });
});
