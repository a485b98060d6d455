import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeConversationStoreContract } from '../../../contract/conversation-store.contract-suite';
import { SqliteConversationStore } from './sqlite-conversation-store';

describeConversationStoreContract('SQLite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'acervo-conversations-'));
  const path = join(directory, 'conversations.db');
  return {
    open: async (limits) => Promise.resolve(new SqliteConversationStore({ path, ...limits })),
    stop: async () => rm(directory, { recursive: true }),
  };
});
