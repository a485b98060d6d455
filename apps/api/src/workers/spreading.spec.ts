import type { ToWorker } from './messages';
import { Spreading } from './spreading';

const news = { what: 'removed', collection: 'c' } as const;

describe('Spreading', () => {
  let sent: [string, ToWorker][];
  let spreading: Spreading<string>;
  const told = (worker: string): ToWorker[] => sent.filter(([to]) => to === worker).map(([, message]) => message);
  const idFor = (worker: string): number => {
    const message = told(worker).find(({ kind }) => kind === 'news');
    return message?.kind === 'news' ? message.id : -1;
  };

  beforeEach(() => {
    sent = [];
    spreading = new Spreading((worker, message) => sent.push([worker, message]));
  });

  it('tells the one that spread when all others have heard, not before', () => {
    spreading.spread('a', 7, news, ['b', 'c']);
    spreading.heard('b', idFor('b'));
    spreading.heard('b', idFor('b'));
    expect(told('a')).toEqual([]);
    spreading.heard('c', idFor('c'));
    expect(told('a')).toEqual([{ kind: 'spread', id: 7 }]);
  });

  it('does not wait for one that died', () => {
    spreading.spread('a', 1, news, ['b', 'c']);
    spreading.gone('c');
    spreading.heard('b', idFor('b'));
    expect(told('a')).toEqual([{ kind: 'spread', id: 1 }]);
  });

  it('tells nobody when the one that spread died, and at once when there is nobody else', () => {
    spreading.spread('a', 1, news, ['b']);
    spreading.gone('a');
    spreading.heard('b', idFor('b'));
    expect(told('a')).toEqual([]);
    spreading.spread('b', 2, news, []);
    expect(told('b').at(-1)).toEqual({ kind: 'spread', id: 2 });
  });
});
