import { callContext, type CallContext } from '@acervo/kernel';

import type { GenerateRequest, LanguageModel, ModelEvent, Source } from '../src/language-model';

const timeoutMs = 20_000;

const source = (index: number, title: string, text: string): Source => ({
  ...{ index, title, text, headings: [], language: 'en', score: 1 / index },
});

const sources = [
  source(1, 'Docker', 'The container listens on port 8000. It starts in two seconds. Logs go to standard output.'),
  source(2, 'Backup', 'A backup copies the data folder while the server runs. It is complete or it is not there.'),
];

const asked: GenerateRequest = {
  instructions: 'Answer from the sources.',
  messages: [{ role: 'user', content: 'Which port does the container listen on?' }],
  sources,
  temperature: 0,
  maxTokens: 400,
  format: 'text',
};

/** What every language model must do, whatever writes its texts. `make` gives a fresh one; the suite closes it. */
export function describeLanguageModelContract(name: string, make: () => Promise<LanguageModel>): void {
  describe(`${name} keeps the contract of LanguageModel`, () => {
    let model: LanguageModel;
    const write = async (
      request: Partial<GenerateRequest> = {},
      context: CallContext = callContext(timeoutMs),
    ): Promise<{ events: ModelEvent[]; text: string }> => {
      const events: ModelEvent[] = [];
      for await (const event of model.generate({ ...asked, ...request }, context)) events.push(event);
      return { events, text: events.map((event) => (event.type === 'delta' ? event.text : '')).join('') };
    };

    beforeAll(async () => {
      model = await make();
      await model.checkHealth(callContext(timeoutMs));
    });
    afterAll(async () => {
      await model.close();
    });

    it('writes pieces and then exactly one end with its usage', async () => {
      const { events, text } = await write();
      expect(text).toMatch(/8000[^]*\[1\]/);
      expect(events.filter(({ type }) => type === 'end')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'stop' });
      const end = events.at(-1);
      if (end?.type !== 'end') throw new Error('No end.');
      expect(end.usage.completionTokens).toBeGreaterThan(0);
      expect(end.usage.promptTokens).toBeGreaterThan(end.usage.completionTokens);
    });

    it('gives no empty pieces', async () => {
      const { events } = await write();
      expect(events.filter((event) => event.type === 'delta' && event.text === '')).toEqual([]);
    });

    it('writes the same again where it says so', async () => {
      expect(model.isDeterministic(0)).toBe(true);
      expect((await write()).text).toBe((await write()).text);
    });

    it('ends without sources as well', async () => {
      expect((await write({ sources: [] })).events.at(-1)).toMatchObject({ type: 'end' });
    });

    it('keeps to its share of tokens', async () => {
      const { events } = await write({ maxTokens: 4 });
      const written = events.reduce((sum, event) => sum + (event.type === 'delta' ? event.text.length : 0), 0);
      // The first sentence may be whole.
      expect(written).toBeLessThan(60);
    });

    it('writes several answers at once, each its own', async () => {
      const contents = ['Which port?', 'What does a backup copy?', 'Where do logs go?'];
      const ask = async (content: string): Promise<string> =>
        (await write({ messages: [{ role: 'user', content }] })).text;
      const together = await Promise.all(contents.map(ask));
      for (const [at, content] of contents.entries()) expect(await ask(content)).toBe(together[at]);
    });

    it('does no work for a caller that has left', async () => {
      const left = new AbortController();
      left.abort();
      await expect(write({}, callContext(timeoutMs, left.signal))).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    });

    it('does no work after the deadline', async () => {
      await expect(write({}, callContext(0))).rejects.toMatchObject({ code: 'REQUEST_DEADLINE_EXCEEDED' });
    });

    it('lets go of a caller that leaves meanwhile', async () => {
      const caller = new AbortController();
      const writing = write({}, callContext(timeoutMs, caller.signal));
      caller.abort();
      await expect(writing).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    });

    it('is well after a reader left the loop', async () => {
      for await (const event of model.generate(asked, callContext(timeoutMs))) {
        expect(event.type).toBe('delta');
        break;
      }
      expect((await write()).text).toContain('8000');
    });

    it('counts tokens: none for nothing, more for more', () => {
      expect(model.countTokens('')).toBe(0);
      const few = model.countTokens('A backup copies the data folder.');
      expect(few).toBeGreaterThan(3);
      expect(model.countTokens('A backup copies the data folder. '.repeat(50))).toBeGreaterThan(few * 30);
    });
  });
}
