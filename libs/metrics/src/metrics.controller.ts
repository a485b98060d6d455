import { Controller, Get, Header, Headers, Inject, Query, Res } from '@nestjs/common';
import { ApiExtension, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';

import { assertOperator, ClientOf, Public, RequireScope, type Client } from '@acervo/identity';

import { exposition, expositionTypes } from './exposition';
import { MetricsDesk } from './metrics-desk';
import { documentedForms } from './documented-forms';
import type { MetricsView } from './metrics.schema';
import { overview } from './overview';
import { wantedFormat } from './wanted-format';

/** Injection token of the version that is told. */
export const versionToken = Symbol('version');

const querySchema = z.looseObject({ format: z.enum(['json', 'prometheus', 'openmetrics']).optional() });

/** Never limited: whoever watches must see a server that refuses. */
@ApiTags('operations')
@SkipThrottle()
@ApiExtension('x-rate-limit', 'none')
@RequireScope('admin')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly desk: MetricsDesk,
    @Inject(versionToken) private readonly version: string,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @Header('Vary', 'Accept')
  @ApiOperation({ summary: 'What the server does, as JSON or for Prometheus', operationId: 'metrics' })
  @ApiQuery({ name: 'format', required: false, enum: ['json', 'prometheus', 'openmetrics'] })
  @ApiOkResponse({
    description: 'Numbers of all processes, in the form that `Accept` asks for',
    content: documentedForms,
  })
  async read(
    @Query({ schema: querySchema }) { format: asked }: z.output<typeof querySchema>,
    @Headers('accept') accept: string | undefined,
    @ClientOf() client: Client,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<MetricsView | string> {
    this.assertMaySee(client);
    const { merged, gathered } = await this.desk.read();
    const format = wantedFormat(accept, asked);
    if (format === 'json') return overview(merged, gathered, this.version);
    response.setHeader('Content-Type', expositionTypes[format]);
    return exposition(merged.families, format);
  }

  /** Numbers are of all tenants. Errors: AUTH_FORBIDDEN. */
  protected assertMaySee(client: Client): void {
    assertOperator(client);
  }
}

/** The same for everybody who reaches the server. */
@Public()
@Controller('metrics')
export class PublicMetricsController extends MetricsController {
  protected override assertMaySee(): void {
    // Said so by whoever runs the server.
  }
}
