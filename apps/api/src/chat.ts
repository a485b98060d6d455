/** What answers and conversations are made with, as the configuration wants it. */
import { join } from 'node:path';

import { ConversationStore, ExtractiveLanguageModel, OpenAiLanguageModel, type LanguageModel } from '@acervo/chat';
import type { AcervoConfig } from '@acervo/config';
import type { Embedder } from '@acervo/embedding';
import { callContext, DomainError, type CallContext } from '@acervo/kernel';
import type { DocumentStore } from '@acervo/store';
import type { Admission } from '@acervo/throttle';

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

/** A file of its own, which every process of the data folder may write to. */
export function openConversations(config: AcervoConfig): ConversationStore {
  const path = join(config.DATA_DIR, 'conversations.db');
  return new ConversationStore({ path, ttlMs: config.CONVERSATION_DAYS * dayMs });
}

/** Takes answers out of conversations whose documents are gone from the collection. */
export async function forgetRemovedQuotes(
  conversations: ConversationStore,
  store: DocumentStore,
  collection: string,
): Promise<void> {
  const context = callContext(forgetTimeoutMs);
  const cited = conversations.citedDocuments(collection);
  const gone = [];
  for (const document of cited) if (!(await exists(store, collection, document, context))) gone.push(document);
  conversations.forgetDocuments(collection, gone);
}

async function exists(store: DocumentStore, collection: string, id: string, context: CallContext): Promise<boolean> {
  try {
    return (await store.findDocument(collection, id, context)) !== undefined;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'COLLECTION_NOT_FOUND') return false;
    throw error;
  }
}
