import { callContext } from '@acervo/kernel';

import { RequestSlots } from './request-slots';

interface Held {
  readonly work: () => Promise<void>;
  readonly end: () => void;
}

function held(onStart: () => void = () => undefined): Held {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    work: async () => {
      onStart();
      await ended;
    },
    end: () => {
      end();
    },
  };
}

const soon = () => callContext(10_000);

describe('Slots of requests', () => {
  it('let so many run, and the others in order of arrival', async () => {
    const slots = new RequestSlots(1, 10);
    const order: number[] = [];
    const works = [1, 2, 3].map((nth) => held(() => order.push(nth)));
    const runs = works.map(async ({ work }) => slots.run(soon(), work));
    expect([order, slots.waiting]).toEqual([[1], 2]);
    for (const { end } of works) end();
    await Promise.all(runs);
    expect([order, slots.waiting]).toEqual([[1, 2, 3], 0]);
  });

  it('give the place of a caller who left to those who still wait', async () => {
    const slots = new RequestSlots(1, 1);
    const first = held();
    const running = slots.run(soon(), first.work);
    const leaving = new AbortController();
    const left = slots.run(callContext(10_000, leaving.signal), held().work);
    await expect(slots.run(soon(), held().work)).rejects.toMatchObject({ code: 'SERVER_OVERLOADED' });
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    expect(slots.waiting).toBe(0);
    const last = held();
    const next = slots.run(soon(), last.work);
    first.end();
    last.end();
    await Promise.all([running, next]);
  });

  it('are given back by work that fails', async () => {
    const slots = new RequestSlots(1, 1);
    const failing = async (): Promise<never> => Promise.reject(new Error('no'));
    await expect(slots.run(soon(), failing)).rejects.toThrow('no');
    await expect(slots.run(soon(), async () => Promise.resolve('done'))).resolves.toBe('done');
  });
});
