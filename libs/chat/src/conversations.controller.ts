import { Controller, Delete, Get, HttpCode, Param, Query, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { z } from 'zod';

import { RequireScope } from '@acervo/identity';
import { publicName } from '@acervo/kernel';
import { fail } from '@acervo/problem';

import { ownerOf } from './asker';
import {
  conversationIdSchema,
  conversationListQuerySchema,
  conversationListSchema,
  conversationSchema,
  conversationWithMessagesSchema,
} from './chat.schema';
import type { ConversationSummary } from './conversations/conversation';
import { ConversationStore } from './conversations/conversation-store';

@ApiTags('chat')
@Controller('conversations')
@RequireScope('chat')
export class ConversationsController {
  constructor(private readonly conversations: ConversationStore) {}

  @Get()
  @ApiOperation({ summary: 'Conversations, last used first', operationId: 'listConversations' })
  @ApiOkResponse({ description: 'Page by page', standardSchema: conversationListSchema })
  async list(
    @Query({ schema: conversationListQuerySchema }) { limit, cursor }: { limit: number; cursor?: string },
    @Req() request: Request,
  ): Promise<z.output<typeof conversationListSchema>> {
    const page = await this.conversations.list(ownerOf(request), limit, cursor);
    return { conversations: page.conversations.map(toView), cursor: page.cursor ?? null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One conversation with what was said', operationId: 'getConversation' })
  @ApiOkResponse({ description: 'Oldest message first', standardSchema: conversationWithMessagesSchema })
  async find(
    @Param('id', { schema: conversationIdSchema }) id: string,
    @Req() request: Request,
  ): Promise<z.output<typeof conversationWithMessagesSchema>> {
    const conversation = await this.conversations.find(ownerOf(request), id);
    if (conversation === undefined) throw notFound(id);
    const messages = conversation.messages.map(({ role, content, at }) => ({ role, content, at }));
    return { ...toView(conversation), messages };
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a conversation', operationId: 'deleteConversation' })
  @ApiNoContentResponse({ description: 'Gone; there is no undo' })
  async remove(@Param('id', { schema: conversationIdSchema }) id: string, @Req() request: Request): Promise<void> {
    if (!(await this.conversations.delete(ownerOf(request), id))) throw notFound(id);
  }
}

function toView({
  id,
  title,
  collection,
  createdAt,
  updatedAt,
  expiresAt,
}: ConversationSummary): z.output<typeof conversationSchema> {
  const times = { created_at: createdAt, updated_at: updatedAt, expires_at: expiresAt };
  return { id, title, collection: publicName(collection), ...times };
}

function notFound(id: string): Error {
  return fail('CONVERSATION_NOT_FOUND', `There is no conversation "${id}", or it has ended.`, { conversation: id });
}
