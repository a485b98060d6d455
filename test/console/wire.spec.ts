/**
 * What the console believes about the wire, held against the schemas of the server. The console imports no room, so
 * the schemas are read here, behind the doors of the rooms. That the readings below compile is half of the test.
 */
import type { z } from 'zod';

import type { MetricsView } from '@acervo/metrics';
import { searchRequestSchema, type SearchAnswer } from '@acervo/search';

import type * as wire from '../../apps/console/src/api/wire';
import { parseChoices, toRequest } from '../../apps/console/src/search/search-choices';
import {
  chatAnswerSchema,
  chatRequestSchema,
  type ChatAnswer,
  type conversationListSchema,
  type conversationWithMessagesSchema,
} from '../../libs/chat/src/chat.schema';
import { researchRequestSchema, type ResearchWireAnswer } from '../../libs/chat/src/research/research.schema';
import {
  newDocumentSchema,
  type acceptedDocumentSchema,
  type documentListSchema,
  type documentWithTextSchema,
} from '../../libs/ingest/src/document.schema';

type Of<S extends z.ZodType> = z.output<S>;

const readings = {
  search: (server: SearchAnswer): wire.SearchAnswer => server,
  metrics: (server: MetricsView): wire.Metrics => server,
  chat: (server: ChatAnswer): wire.ChatAnswer => server,
  research: (server: ResearchWireAnswer): wire.ResearchAnswer => server,
  conversation: (server: Of<typeof conversationWithMessagesSchema>): wire.ConversationWithMessages => server,
  conversations: (server: Of<typeof conversationListSchema>['conversations'][number]): wire.ConversationSummary =>
    server,
  document: (server: Of<typeof documentWithTextSchema>): wire.DocumentWithText => server,
  documents: (server: Of<typeof documentListSchema>): wire.DocumentPage => server,
  accepted: (server: Of<typeof acceptedDocumentSchema>): wire.AcceptedDocument => server,
};

describe('the console and the server', () => {
  it('agree on what an answer of a chat is', () => {
    const answer: ChatAnswer = {
      conversation_id: 'c',
      answer: 'a',
      grounded: true,
      citations: [],
      finish_reason: 'stop',
      unsupported: [],
      model: 'extractive',
      usage: { prompt_tokens: 0, completion_tokens: 0 },
      degraded: [],
    };
    expect(readings.chat(chatAnswerSchema.parse(answer)).answer).toBe('a');
  });

  it.each([
    'q=docker',
    'q=docker&mode=semantic&type=pdf,html&language=pt&source=docs/&from=2025-01-01&to=2026-01-01&group=1',
  ])('agree on a search: %s', (address) => {
    const request = toRequest(parseChoices(new URLSearchParams(address)), 10);
    expect(searchRequestSchema.safeParse(request).error).toBeUndefined();
  });

  it('agree on what a chat, a research and a text are asked with', () => {
    const chat = { message: 'a', conversation_id: 'b', collection: 'c', stream: true };
    const research = { question: 'a', collection: 'c', budget: { max_seconds: 5, max_searches: 2 }, stream: true };
    const text = { title: 'a', text: 'b', doc_type: 'markdown', source: 'c', collection: 'd' };
    expect(chatRequestSchema.safeParse(chat).error).toBeUndefined();
    expect(researchRequestSchema.safeParse(research).error).toBeUndefined();
    expect(newDocumentSchema.safeParse(text).error).toBeUndefined();
  });
});
