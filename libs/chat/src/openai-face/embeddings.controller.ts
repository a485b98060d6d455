import { Body, Controller, HttpCode, Inject, Optional, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Embedder } from '@acervo/embedding';
import { RequireScope } from '@acervo/identity';
import { callContext, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { CallContextOf } from '@acervo/search';
import { Admission, RateLimited } from '@acervo/throttle';

import { chatOptionsToken, type ChatOptions } from '../chat-options';
import {
  embeddingsAnswerSchema,
  embeddingsRequestSchema,
  type EmbeddingsAnswer,
  type EmbeddingsRequest,
} from './embeddings.schema';
import { embeddingsExamples } from './openai-face.examples';
import { embeddingModel, modelNotFound } from './openai-models';

/** Larger batches gain nothing with the local model and make queries wait. */
const maxBatchItems = 16;
const charactersPerToken = 4;

/** Permits of the limit: one for 64 texts. */
function weightOf(body: unknown): number {
  const input: unknown = typeof body === 'object' && body !== null && 'input' in body ? body.input : undefined;
  return Array.isArray(input) ? Math.max(1, Math.ceil(input.length / 64)) : 1;
}

@ApiTags('openai')
@Controller('v1/embeddings')
@RequireScope('search')
@RateLimited('default', weightOf)
export class EmbeddingsController {
  constructor(
    private readonly embedder: Embedder,
    @Inject(chatOptionsToken) private readonly options: ChatOptions,
    @Optional() private readonly admission?: Admission,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Vectors of texts, for clients of OpenAI', operationId: 'createEmbedding' })
  @ApiBody({ schema: {}, examples: embeddingsExamples })
  @ApiOkResponse({ description: 'One for each text, in their order', standardSchema: embeddingsAnswerSchema })
  async create(
    @Body({ schema: embeddingsRequestSchema }) body: EmbeddingsRequest,
    @CallContextOf() given: CallContext | undefined,
  ): Promise<EmbeddingsAnswer> {
    const { model, dimensions } = this.embedder.capabilities;
    if (body.model !== embeddingModel && body.model !== model) throw modelNotFound(body.model, [embeddingModel, model]);
    if (typeof body.dimensions === 'number' && body.dimensions !== dimensions)
      throw fail(
        'REQUEST_INVALID',
        `The vectors of this model have ${dimensions} dimensions: leave \`dimensions\` out.`,
      );
    const texts = typeof body.input === 'string' ? [body.input] : body.input;
    const vectors = await this.embed(texts, body, given ?? callContext(this.options.timeoutMs));
    const tokens = texts.reduce((sum, text) => sum + Math.ceil(text.length / charactersPerToken), 0);
    return {
      object: 'list',
      data: vectors.map((vector, index) => ({
        ...{ object: 'embedding', index },
        embedding: body.encoding_format === 'base64' ? toBase64(vector) : [...vector],
      })),
      model: body.model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  }

  /** One batch after the other, each with a permit of the background: searches go first. */
  private async embed(
    texts: readonly string[],
    { input_type: kind }: EmbeddingsRequest,
    context: CallContext,
  ): Promise<Float32Array[]> {
    const { dimensions, maxBatchItems: most } = this.embedder.capabilities;
    const size = Math.min(maxBatchItems, most);
    const vectors: Float32Array[] = [];
    for (let at = 0; at < texts.length; at += size) {
      const batch = texts.slice(at, at + size);
      const work = async (): Promise<Float32Array> => await this.embedder.embedBatch(batch, kind, context);
      const rows = await (this.admission?.run('background', context, work) ?? work());
      batch.forEach((_, row) => vectors.push(rows.subarray(row * dimensions, (row + 1) * dimensions)));
    }
    return vectors;
  }
}

/** float32 in little endian, as every processor that Node.js runs on has it. */
function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
