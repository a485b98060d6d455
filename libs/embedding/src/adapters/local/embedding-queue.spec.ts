import fc from 'fast-check';

import type { TextKind } from '../../embedder';

import { EmbeddingQueue, type WaitingText } from './embedding-queue';
import { EmbeddingRequest } from './embedding-request';

const limits = { runTokens: 100, maxTexts: 20, maxTokens: 1_000 };
const makeQueue = (): EmbeddingQueue => new EmbeddingQueue({ query: limits, passage: limits });

function textsOf(kind: TextKind, ...lengths: number[]): WaitingText[] {
  const request = new EmbeddingRequest(lengths.length, 1);
  return lengths.map((length, index) => ({ kind, ids: new Int32Array(length), index, request, sinceMs: 0 }));
}
const lengthsOf = (texts: readonly WaitingText[]): number[] => texts.map(({ ids }) => ids.length);

describe('EmbeddingQueue', () => {
  it('gives queries before passages that came earlier', () => {
    const queue = makeQueue();
    queue.add(textsOf('passage', 30), 'passage');
    queue.add(textsOf('query', 5), 'query');
    expect([lengthsOf(queue.take()), lengthsOf(queue.take()), queue.take()]).toEqual([[5], [30], []]);
  });

  it('gives every eighth run to the passages while queries flood in', () => {
    const queue = makeQueue();
    queue.add(textsOf('passage', 90, 90), 'passage');
    const kinds = Array.from({ length: 16 }, () => {
      queue.add(textsOf('query', 90), 'query');
      return queue.take()[0]?.kind;
    });
    expect(kinds.flatMap((kind, at) => (kind === 'passage' ? [at] : []))).toEqual([7, 15]);
  });

  it('fills a run up to its tokens, padding included, longest texts of a request together', () => {
    const queue = makeQueue();
    queue.add(textsOf('passage', 20, 45, 22, 50, 21), 'passage');
    expect([lengthsOf(queue.take()), lengthsOf(queue.take())]).toEqual([
      [50, 45],
      [22, 21, 20],
    ]);
  });

  it('runs a text alone that is longer than a run', () => {
    const queue = makeQueue();
    queue.add(textsOf('passage', 300, 10), 'passage');
    expect(lengthsOf(queue.take())).toEqual([300]);
  });

  it('shares what waits among the free threads', () => {
    const queue = makeQueue();
    queue.add(textsOf('query', 8, 8, 8, 8), 'query');
    expect([queue.take(2).length, queue.take(1).length]).toEqual([2, 2]);
  });

  it('refuses what does not fit as a whole, and counts nothing of it', () => {
    const queue = makeQueue();
    queue.add(textsOf('query', ...new Array<number>(19).fill(5)), 'query');
    expect(() => {
      queue.add(textsOf('query', 5, 5), 'query');
    }).toThrow(expect.objectContaining({ code: 'EMBEDDING_OVERLOADED' }) as Error);
    expect(() => {
      queue.add(textsOf('passage', 600, 401), 'passage');
    }).toThrow(expect.objectContaining({ code: 'EMBEDDING_OVERLOADED' }) as Error);
    expect([queue.waitingTexts, queue.waitingTokens]).toEqual([19, 95]);
  });

  it('has room for queries when the line of the passages is full', () => {
    const queue = makeQueue();
    queue.add(textsOf('passage', ...new Array<number>(20).fill(5)), 'passage');
    queue.add(textsOf('query', 5), 'query');
    expect(lengthsOf(queue.take())).toEqual([5]);
  });

  it('frees the room of a withdrawn request', () => {
    const queue = makeQueue();
    const texts = textsOf('query', ...new Array<number>(20).fill(5));
    queue.add(texts, 'query');
    texts.slice(0, 1).forEach(({ request }) => {
      queue.withdraw(request);
    });
    expect([queue.waitingTexts, queue.waitingTokens]).toEqual([0, 0]);
    queue.add(textsOf('query', 5), 'query');
  });

  it('gives retried texts first, one by one', () => {
    const queue = makeQueue();
    queue.add(textsOf('query', 9), 'query');
    queue.retry(textsOf('query', 7, 8), 'query');
    expect([queue.take(), queue.take(), queue.take()].map(lengthsOf)).toEqual([[7], [8], [9]]);
  });

  it('gives every text exactly once, within the run limit, and ends empty', () => {
    const calls = fc.array(
      fc.tuple(
        fc.constantFrom<TextKind>('query', 'passage'),
        fc.array(fc.integer({ min: 2, max: 150 }), { minLength: 1, maxLength: 5 }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 4 }), (calls, share) => {
        const queue = new EmbeddingQueue({
          query: { ...limits, maxTexts: 1_000, maxTokens: 100_000 },
          passage: { ...limits, maxTexts: 1_000, maxTokens: 100_000 },
        });
        const added = calls.flatMap(([kind, lengths]) => {
          const texts = textsOf(kind, ...lengths);
          queue.add(texts, kind);
          return texts;
        });
        const taken: WaitingText[] = [];
        for (let run = queue.take(share); run.length > 0; run = queue.take(share)) {
          const longest = Math.max(...lengthsOf(run));
          expect(run.length === 1 || longest * run.length <= limits.runTokens).toBe(true);
          expect(new Set(run.map(({ kind }) => kind)).size).toBe(1);
          taken.push(...run);
        }
        expect(new Set(taken)).toEqual(new Set(added));
        expect(taken).toHaveLength(added.length);
        expect([queue.waitingTexts, queue.waitingTokens]).toEqual([0, 0]);
      }),
    );
  });
});
