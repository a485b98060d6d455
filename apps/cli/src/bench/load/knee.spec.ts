import { findKnee, type Step } from './knee';

const server =
  (capacity: number) =>
  (perSecond: number): Promise<Step> =>
    Promise.resolve({ perSecond, isKept: perSecond <= capacity });
const ramp = { fromPerSecond: 20, maxPerSecond: 5_000, precision: 0.05 };

describe('the ramp to the knee', () => {
  it.each([20, 37, 187, 1_234, 4_999])('finds that a server can do %i a second', async (capacity) => {
    const { knee, steps } = await findKnee(ramp, server(capacity));

    expect(knee).toBeLessThanOrEqual(capacity);
    expect(knee).toBeGreaterThan(capacity / 1.06 - 1);
    expect(steps.length).toBeLessThan(16);
  });

  it('says 0 when the first rate is too much, and stops at the most that it may ask', async () => {
    expect(await findKnee(ramp, server(5))).toMatchObject({ knee: 0, steps: [{ perSecond: 20 }] });
    expect((await findKnee(ramp, server(1e9))).knee).toBe(5_000);
  });
});
