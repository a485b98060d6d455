import * as fc from 'fast-check';

import { EventParser } from './events';

describe('events of a stream', () => {
  it('are handed out when they are complete, comments left out', () => {
    const parser = new EventParser();
    expect(parser.push('id: a.0\nevent: delta\ndata: {"text":')).toEqual([]);
    expect(parser.push('"Olá"}\n\n: heartbeat\n\nevent: done\nda')).toEqual([
      { type: 'delta', data: '{"text":"Olá"}' },
    ]);
    expect(parser.push('ta: {}\n\n')).toEqual([{ type: 'done', data: '{}' }]);
  });

  it('are the same wherever the network cuts them', () => {
    const text = 'event: a\ndata: one\ndata: two\n\n: comment\n\ndata: three\r\n\r\nevent: b\ndata:four\n\n';
    const whole = [
      { type: 'a', data: 'one\ntwo' },
      { type: 'message', data: 'three' },
      { type: 'b', data: 'four' },
    ];
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const parser = new EventParser();
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const events = places.slice(1).flatMap((end, index) => parser.push(text.slice(places[index], end)));
        expect(events).toEqual(whole);
      }),
    );
  });
});
