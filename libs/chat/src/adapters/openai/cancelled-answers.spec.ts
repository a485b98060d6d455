import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

import { startCall } from '@acervo/kernel';
import { startOpenAiServer, type OpenAiServer } from '@acervo/testing';

import { readWhole } from '../../read-whole';

import { createOpenAiLanguageModel } from './openai-language-model';

const cancels = 10_000;
const callers = 16;
const slots = 12;

/** When callers leave, in turn. */
const moments = ['at once', 'a turn later', 'when the server has the request', 'at the first token', 'later'] as const;

describe('C10: 10,000 answers that nobody waits for any more', () => {
  let server: OpenAiServer;
  const onArrival = new Map<string, () => void>();

  beforeAll(async () => {
    server = await startOpenAiServer({
      write: ({ question }) => {
        process.nextTick(() => onArrival.get(question)?.());
        return 'Some words that take their time, one by one, and many of them.';
      },
      firstTokenMs: 3,
      tokenMs: 3,
    });
  });
  afterAll(async () => {
    await server.close();
  });

  it('leave no connection, timer or place behind, and are closed upstream within 250 ms', async () => {
    const model = createOpenAiLanguageModel({
      ...{ apiKey: 'k', baseUrl: server.baseUrl, maxParallelRequests: slots, maxWaitingRequests: callers },
    });
    // Loads the encoding, which would stand in the way of the first answers.
    model.countTokens('x');
    const timersBefore = timers();
    const leftAtMs = new Map<string, number>();
    let next = 0;

    const leaveOnce = async (): Promise<void> => {
      const nth = next++;
      const moment = moments[nth % moments.length];
      const question = `question ${nth}`;
      const call = startCall(60_000);
      const leave = (): void => {
        leftAtMs.set(question, performance.now());
        call.cancel();
      };
      if (moment === 'when the server has the request') onArrival.set(question, leave);
      const request = { instructions: 'x', sources: [], temperature: 0, maxTokens: 50, format: 'text' } as const;
      const messages = [{ role: 'user', content: question }] as const;
      const answer = (async () => {
        let pieces = 0;
        for await (const event of model.generate({ ...request, messages }, call.context)) {
          if (event.type === 'end') throw new Error('The end came first.');
          pieces++;
          if (moment === 'at the first token' || (moment === 'later' && pieces === 3)) leave();
        }
      })();
      if (moment === 'at once') leave();
      if (moment === 'a turn later') void setImmediate().then(leave);
      await expect(answer).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
      call.end();
      onArrival.delete(question);
    };

    const blocked = monitorEventLoopDelay({ resolution: 5 });
    blocked.enable();
    const loop = async (): Promise<void> => {
      while (next < cancels) await leaveOnce();
    };
    await Promise.all(Array.from({ length: callers }, loop));
    blocked.disable();
    expect(leftAtMs.size).toBeGreaterThanOrEqual(cancels);

    const closedAfterMs: number[] = [];
    for (const { body, arrivedAtMs, closedAtMs, outcome } of server.requests) {
      expect(await outcome).toBe('aborted');
      const question = /question \d+/.exec(JSON.stringify(body))?.[0] ?? '';
      // A busy machine may hand a request over after its sender has gone.
      const endedAtMs = Math.max(leftAtMs.get(question) ?? NaN, arrivedAtMs);
      closedAfterMs.push((await closedAtMs) - endedAtMs);
    }
    closedAfterMs.sort((a, b) => a - b);
    const slowestMs = closedAfterMs.at(-1) ?? NaN;
    const longestBlockMs = blocked.max / 1e6;
    process.stdout.write(
      `C10: ${closedAfterMs.length} of ${next} reached the server and were closed after ` +
        `${at(closedAfterMs, 0.5)} ms, p99 ${at(closedAfterMs, 0.99)} ms, at most ${slowestMs.toFixed(1)} ms; ` +
        `the process stood still for ${longestBlockMs.toFixed(1)} ms at most\n`,
    );
    // Three of five get as far as the server.
    expect(closedAfterMs.length).toBeGreaterThanOrEqual((cancels * 3) / 5);
    // The slowest of ten thousand waits for the machine as well: client and server are one process beside other tests.
    expect(closedAfterMs[Math.floor(closedAfterMs.length * 0.99)]).toBeLessThanOrEqual(250);
    // Connections made for callers who left before they were used are idle, and go after four seconds.
    const deadlineMs = performance.now() + 15_000;
    while ((await server.openConnections()) > 0 && performance.now() < deadlineMs) await setImmediate();
    expect(await server.openConnections()).toBe(0);
    expect(timers()).toBeLessThanOrEqual(timersBefore + 1);

    // Every place is free again: as many answers as there are places are begun at once.
    const before = server.requests.length;
    const calls = Array.from({ length: slots }, () => startCall(60_000));
    const request = { instructions: 'x', sources: [], temperature: 0, maxTokens: 50, format: 'text' } as const;
    const begun = calls.map(async ({ context }) => {
      await readWhole(model.generate({ ...request, messages: [{ role: 'user', content: 'x' }] }, context));
    });
    await server.received(before + slots);
    for (const { cancel } of calls) cancel();
    expect((await Promise.allSettled(begun)).map(({ status }) => status)).toEqual(Array(slots).fill('rejected'));
    await model.close();
  }, 120_000);
});

function at(sorted: readonly number[], share: number): string {
  return (sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(1);
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
