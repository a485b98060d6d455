/** What answers and conversations are made with, as the configuration wants it. */
import { join } from 'node:path';

import {
  ExtractiveLanguageModel,
  OpenAiLanguageModel,
  PostgresConversationStore,
  SqliteConversationStore,
  type ConversationStore,
  type LanguageModel,
} from '@acervo/chat';
import type { AcervoConfig } from '@acervo/config';
import type { Embedder } from '@acervo/embedding';
import { callContext, DomainError, type CallContext } from '@acervo/kernel';
import type { DocumentStore } from '@acervo/store';
import type { Admission } from '@acervo/throttle';

import { databaseOptions } from './database-options';

const dayMs = 24 * 60 * 60_000;
const forgetTimeoutMs = 30_000;

export function createLanguageModel(config: AcervoConfig, embedder: Embedder, admission: Admission): LanguageModel {
  const hasKey = config.OPENAI_API_KEY !== undefined;
  const provider = config.LLM_PROVIDER === 'auto' ? (hasKey ? 'openai' : 'extractive') : config.LLM_PROVIDER;
  switch (provider) {
    case 'extractive':
      return new ExtractiveLanguageModel(embedder, admission);
    case 'openai':
      return new OpenAiLanguageModel({
        apiKey: config.OPENAI_API_KEY ?? 'none',
        baseUrl: config.OPENAI_BASE_URL,
        model: config.LLM_MODEL,
        contextTokens: config.LLM_CONTEXT_TOKENS,
      });
    default:
      return provider satisfies never;
  }
}

/** For researches whose model fails, or may not be asked any more. */
export function createQuoter({
  languageModel,
  embedder,
}: {
  readonly languageModel: LanguageModel;
  readonly embedder: Embedder;
}): LanguageModel {
  return languageModel instanceof ExtractiveLanguageModel ? languageModel : new ExtractiveLanguageModel(embedder);
}

/** A file that every process of the data folder may write to, or tables that every server may. */
export async function openConversations(config: AcervoConfig): Promise<ConversationStore> {
  const ttlMs = config.CONVERSATION_DAYS * dayMs;
  if (config.STORE === 'postgres') {
    const database = databaseOptions(config, Math.ceil(config.DATABASE_CONNECTIONS / 4));
    return await PostgresConversationStore.open({ ttlMs, database });
  }
  return new SqliteConversationStore({ ttlMs, path: join(config.DATA_DIR, 'conversations.db') });
}

/** Takes answers out of conversations whose documents are gone from the collection. */
export async function forgetRemovedQuotes(
  conversations: ConversationStore,
  store: DocumentStore,
  collection: string,
): Promise<void> {
  const context = callContext(forgetTimeoutMs);
  const cited = await conversations.citedDocuments(collection);
  const gone = [];
  for (const document of cited) if (!(await exists(store, collection, document, context))) gone.push(document);
  await conversations.forgetDocuments(collection, gone);
}

async function exists(store: DocumentStore, collection: string, id: string, context: CallContext): Promise<boolean> {
  try {
    return (await store.findDocument(collection, id, context)) !== undefined;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'COLLECTION_NOT_FOUND') return false;
    throw error;
  }
}
