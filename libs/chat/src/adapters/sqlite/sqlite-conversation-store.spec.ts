import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SqliteConversationStore, type SqliteConversationStoreOptions } from './sqlite-conversation-store';

describe('conversations', () => {
  let directory: string;
  let nowMs: number;
  const stores: SqliteConversationStore[] = [];
  const open = (options: Partial<SqliteConversationStoreOptions> = {}): SqliteConversationStore => {
    const path = join(directory, 'conversations.db');
    const store = new SqliteConversationStore({ path, ttlMs: 60_000, now: () => nowMs, ...options });
    stores.push(store);
    return store;
  };
  const said = (content: string, cited?: readonly string[]) => ({
    role: cited === undefined ? ('user' as const) : ('assistant' as const),
    content,
    at: new Date(nowMs).toISOString(),
    ...(cited && { cited }),
  });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'acervo-conversations-'));
    nowMs = 1_800_000_000_000;
  });
  afterEach(() => {
    for (const store of stores.splice(0)) store.close();
    rmSync(directory, { recursive: true });
  });

  it('grow, and are the same for every process that has the file open', () => {
    const one = open();
    const other = open();
    one.append('ana', 'c1', 'docs', [said('Como configurar Docker?'), said('Assim [1].', ['d1'])]);
    nowMs += 1_000;
    other.append('ana', 'c1', 'docs', [said('E sem root?')]);
    expect(one.find('ana', 'c1')).toMatchObject({
      title: 'Como configurar Docker?',
      collection: 'docs',
      messages: [{ role: 'user' }, { role: 'assistant', cited: ['d1'] }, { content: 'E sem root?' }],
      updatedAt: new Date(nowMs).toISOString(),
    });
  });

  it('are those of their owner alone', () => {
    const store = open();
    store.append('ana', 'c1', 'docs', [said('a')]);
    expect(store.find('rui', 'c1')).toBeUndefined();
    expect(store.delete('rui', 'c1')).toBe(false);
    store.append('rui', 'c1', 'docs', [said('b')]);
    expect(store.find('ana', 'c1')?.messages.map(({ content }) => content)).toEqual(['a']);
    expect(store.list('rui', 10).conversations.map(({ title }) => title)).toEqual(['b']);
    expect(store.delete('ana', 'c1')).toBe(true);
    expect(store.find('rui', 'c1')).toBeDefined();
  });

  it('are listed page by page, last used first', () => {
    const store = open();
    for (let nth = 0; nth < 7; nth++) {
      nowMs += nth % 2;
      store.append('ana', `c${nth}`, 'docs', [said(`${nth}`)]);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = store.list('ana', 3, cursor);
      seen.push(...page.conversations.map(({ id }) => id));
      ({ cursor } = page);
    } while (cursor !== undefined);
    expect(seen).toEqual(['c5', 'c6', 'c3', 'c4', 'c1', 'c2', 'c0']);
    expect(() => store.list('ana', 3, 'x')).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }) as Error);
  });

  it('end after their time, and are bounded in number and length', () => {
    const store = open({ maxConversations: 2, maxMessages: 3 });
    store.append('ana', 'old', 'docs', [said('x')]);
    nowMs += 60_000;
    expect(store.find('ana', 'old')).toBeUndefined();
    expect(store.list('ana', 9).conversations).toEqual([]);
    for (const id of ['c1', 'c2', 'c3']) {
      nowMs += 1;
      store.append('ana', id, 'docs', [said('1'), said('2'), said('3'), said('4')]);
    }
    expect(store.list('ana', 9).conversations.map(({ id }) => id)).toEqual(['c3', 'c2']);
    expect(store.find('ana', 'c3')?.messages.map(({ content }) => content)).toEqual(['2', '3', '4']);
  });

  it('lose what quotes a removed document, in every byte', () => {
    const store = open();
    store.append('ana', 'c1', 'docs', [
      said('?'),
      said('canary-text [1]', ['gone', 'kept']),
      said('other [1]', ['kept']),
    ]);
    store.append('rui', 'c2', 'other', [said('same id, other collection [1]', ['gone'])]);
    expect(store.citedDocuments('docs').sort()).toEqual(['gone', 'kept']);
    store.forgetDocuments('docs', ['gone']);
    expect(store.find('ana', 'c1')?.messages.map(({ content }) => content)).toEqual(['?', '[…]', 'other [1]']);
    expect(store.find('rui', 'c2')?.messages[0]?.content).toContain('other collection');
    expect(store.citedDocuments('docs')).toEqual(['kept']);
    for (const file of readdirSync(directory))
      expect(readFileSync(join(directory, file)).includes('canary-text')).toBe(false);
  });

  it('are not put into a file of another program', () => {
    writeFileSync(join(directory, 'conversations.db'), 'not a database at all, just text that is long enough');
    expect(() => open()).toThrow(expect.objectContaining({ code: 'CONVERSATIONS_UNAVAILABLE' }) as Error);
  });
});
