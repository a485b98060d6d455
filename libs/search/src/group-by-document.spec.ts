import { groupByDocument } from './group-by-document';

describe('groupByDocument', () => {
  it('keeps the first of each document, in order', () => {
    expect(groupByDocument(['b1', 'a1', 'b2', 'c1', 'a2'], (item) => item.charAt(0))).toEqual(['b1', 'a1', 'c1']);
  });
});
