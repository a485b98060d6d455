/** What every GenerationBus must do, on the real server and with its connection cut. */
import type { FaultProxy } from '@acervo/testing';

import type { GenerationBus, GenerationBusOptions } from '../src/generation-bus';

export interface GenerationBusHarness {
  /** In front of the server. */
  readonly proxy: FaultProxy;
  readonly open: (options: GenerationBusOptions) => GenerationBus;
  /** As a commit by another process: through `teller` or beside it. */
  readonly change: (teller: GenerationBus) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export function describeGenerationBusContract(technology: string, make: () => Promise<GenerationBusHarness>): void {
  describe(`GenerationBus on ${technology}`, () => {
    let harness: GenerationBusHarness;
    let teller: GenerationBus;
    let listener: GenerationBus;
    let news: number;
    let losses: number;
    let wake: (() => void) | undefined;

    /** Waits for events, not for time; jest's limit ends it. */
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise<void>((resolve) => (wake = resolve));
    };
    const open = (): GenerationBus =>
      harness.open({
        onNews: () => {
          news++;
          wake?.();
        },
        onLost: () => {
          losses++;
          wake?.();
        },
      });

    beforeAll(async () => {
      harness = await make();
    }, 60_000);
    afterAll(async () => {
      await harness.stop();
    });
    beforeEach(async () => {
      news = 0;
      losses = 0;
      harness.proxy.setFault({ kind: 'none' });
      teller = harness.open({ onNews: () => wake?.(), onLost: () => undefined });
      listener = open();
      await until(() => listener.counts().isConnected && teller.counts().isConnected && news > 0);
    });
    afterEach(async () => {
      await teller.close();
      await listener.close();
    });

    it('brings the word of a change', async () => {
      const heard = listener.counts().heard;
      await harness.change(teller);
      await until(() => listener.counts().heard > heard);
      expect(losses).toBe(0);
    });

    it.each([{ kind: 'refuse' as const }, { kind: 'black-hole' as const }])(
      'says when it is cut ($kind), asks for a look when it is back, and brings words again',
      async (fault) => {
        harness.proxy.setFault(fault);
        await until(() => losses > 0);
        expect(listener.counts().isConnected).toBe(false);
        const before = news;
        harness.proxy.setFault({ kind: 'none' });
        await until(() => news > before && listener.counts().isConnected && teller.counts().isConnected);
        const { heard } = listener.counts();
        // A subscription comes a moment after the connection: words are told until one is heard.
        while (listener.counts().heard === heard) {
          await harness.change(teller);
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(losses).toBe(1);
      },
      20_000,
    );
  });
}
