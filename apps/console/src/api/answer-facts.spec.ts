import { parseCacheStatus, parseServerTiming } from './answer-facts';

describe('what the headers of an answer tell', () => {
  it('stages with their milliseconds', () => {
    expect(parseServerTiming('total;dur=12.3, embed;dur=4.0, vector;desc="x";dur=0.5')).toEqual([
      { name: 'total', ms: 12.3 },
      { name: 'embed', ms: 4 },
      { name: 'vector', ms: 0.5 },
    ]);
    expect(parseServerTiming('')).toEqual([]);
  });

  it.each([
    ['acervo; hit; detail=memory; ttl=812', { kind: 'hit', tier: 'memory', ttlSeconds: 812 }],
    ['acervo; fwd=stale; detail=disk; ttl=-4', { kind: 'stale', tier: 'disk', ttlSeconds: -4 }],
    ['acervo; fwd=miss; collapsed; ttl=60', { kind: 'collapsed', ttlSeconds: 60 }],
    ['acervo; fwd=miss; stored; ttl=60', { kind: 'miss', ttlSeconds: 60 }],
    ['acervo; fwd=bypass', { kind: 'bypass' }],
    ['', undefined],
  ])('%s', (header, state) => {
    expect(parseCacheStatus(header)).toEqual(state);
  });
});
