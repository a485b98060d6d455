import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';

import { RequireScope } from '@acervo/identity';

import {
  listModels,
  modelListSchema,
  modelNameSchema,
  modelNotFound,
  modelSchema,
  type OpenAiModel,
} from './openai-models';

@ApiTags('openai')
@Controller('v1/models')
@RequireScope('chat', 'search')
export class ModelsController {
  @Get()
  @ApiOperation({ summary: 'The models that clients of OpenAI may name', operationId: 'listModels' })
  @ApiOkResponse({ description: 'All of them', standardSchema: modelListSchema })
  list(): z.output<typeof modelListSchema> {
    return { object: 'list', data: listModels() };
  }

  @Get(':model')
  @ApiOperation({ summary: 'One of these models', operationId: 'retrieveModel' })
  @ApiOkResponse({ description: 'The model', standardSchema: modelSchema })
  retrieve(@Param('model', { schema: modelNameSchema }) name: string): OpenAiModel {
    const models = listModels();
    const found = models.find(({ id }) => id === name);
    if (found !== undefined) return found;
    throw modelNotFound(
      name,
      models.map(({ id }) => id),
    );
  }
}
