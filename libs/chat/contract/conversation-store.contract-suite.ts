/** What every ConversationStore must do, with two processes at once. */
import { removedContent, type ConversationMessage } from '../src/conversations/conversation';
import type { ConversationLimits, ConversationStore } from '../src/conversations/conversation-store';

export interface ConversationStoreHarness {
  /** Another connection to the same conversations, as of another process. */
  readonly open: (limits: ConversationLimits) => Promise<ConversationStore>;
  readonly stop: () => Promise<void>;
}

export function describeConversationStoreContract(
  technology: string,
  make: () => Promise<ConversationStoreHarness>,
): void {
  describe(`ConversationStore on ${technology}`, () => {
    let harness: ConversationStoreHarness;
    let one: ConversationStore;
    let other: ConversationStore;
    let nowMs: number;
    const said = (content: string, cited?: readonly string[]): ConversationMessage => ({
      role: cited === undefined ? 'user' : 'assistant',
      content,
      at: new Date(nowMs).toISOString(),
      ...(cited && { cited }),
    });

    beforeEach(async () => {
      nowMs = 1_800_000_000_000;
      harness = await make();
      const limits = { ttlMs: 60_000, maxConversations: 3, maxMessages: 4, now: () => nowMs };
      one = await harness.open(limits);
      other = await harness.open(limits);
    });
    afterEach(async () => {
      await one.close();
      await other.close();
      await harness.stop();
    });

    it('goes on in another process', async () => {
      await one.append('ana', 'c1', 'docs', [said('Como configurar Docker?'), said('Assim [1].', ['d1'])]);
      nowMs += 1_000;
      await other.append('ana', 'c1', 'docs', [said('E sem root?')]);
      expect(await one.find('ana', 'c1')).toMatchObject({
        ...{ title: 'Como configurar Docker?', collection: 'docs', updatedAt: new Date(nowMs).toISOString() },
        messages: [{ role: 'user' }, { role: 'assistant', cited: ['d1'] }, { content: 'E sem root?' }],
      });
      expect(await one.find('rui', 'c1')).toBeUndefined();
    });

    it('loses nothing when two processes add at the same time', async () => {
      await Promise.all([
        one.append('ana', 'c1', 'docs', [said('a')]),
        other.append('ana', 'c1', 'docs', [said('b')]),
        one.append('ana', 'c1', 'docs', [said('c')]),
      ]);
      const messages = (await one.find('ana', 'c1'))?.messages.map(({ content }) => content);
      expect(messages?.toSorted()).toEqual(['a', 'b', 'c']);
    });

    it('keeps the last messages of the conversations used last', async () => {
      for (const id of ['c1', 'c2', 'c3', 'c4']) {
        await one.append(
          'ana',
          id,
          'docs',
          ['1', '2', '3', '4', '5'].map((content) => said(content)),
        );
        nowMs += 1_000;
      }
      const page = await other.list('ana', 2);
      expect(page.conversations.map(({ id }) => id)).toEqual(['c4', 'c3']);
      const rest = await other.list('ana', 2, page.cursor);
      expect(rest.conversations.map(({ id }) => id)).toEqual(['c2']);
      expect(rest.cursor).toBeUndefined();
      expect((await other.find('ana', 'c4'))?.messages.map(({ content }) => content)).toEqual(['2', '3', '4', '5']);
    });

    it('ends some time after the last message, or when it is removed', async () => {
      await one.append('ana', 'c1', 'docs', [said('a')]);
      expect(await other.delete('ana', 'c1')).toBe(true);
      expect(await other.delete('ana', 'c1')).toBe(false);
      await one.append('ana', 'c2', 'docs', [said('a')]);
      nowMs += 60_001;
      expect(await other.find('ana', 'c2')).toBeUndefined();
      expect((await other.list('ana', 10)).conversations).toEqual([]);
      // A new one by the same name begins anew.
      await one.append('ana', 'c2', 'docs', [said('b')]);
      expect((await other.find('ana', 'c2'))?.messages).toHaveLength(1);
    });

    it('forgets what quotes a removed document', async () => {
      await one.append('ana', 'c1', 'docs', [said('q'), said('quotes d1', ['d1', 'd2']), said('quotes d2', ['d2'])]);
      expect((await other.citedDocuments('docs')).toSorted()).toEqual(['d1', 'd2']);
      await other.forgetDocuments('docs', ['d1']);
      const contents = (await one.find('ana', 'c1'))?.messages.map(({ content }) => content);
      expect(contents).toEqual(['q', removedContent, 'quotes d2']);
      expect(await one.citedDocuments('docs')).toEqual(['d2']);
    });

    it('refuses a cursor that it did not give', async () => {
      await expect((async () => one.list('ana', 2, 'nonsense'))()).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    });
  });
}
