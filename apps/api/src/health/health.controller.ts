import { Controller, Get, Res } from '@nestjs/common';
import { ApiExtension, ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { SkipThrottle } from '@nestjs/throttler';
import type { Response } from 'express';

import { Public } from '@acervo/identity';
import { fail } from '@acervo/problem';

import { EngineHealth } from './engine-health';
import { Readiness } from './readiness';

@ApiTags('operations')
@SkipThrottle()
@ApiExtension('x-rate-limit', 'none')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly engines: EngineHealth,
    private readonly readiness: Readiness,
  ) {}

  @Get()
  @HealthCheck({ swaggerDocumentation: true })
  @ApiOperation({ summary: 'Each part: store, model, vector index, disk' })
  check(): Promise<HealthCheckResult> {
    return this.health.check(this.engines.checks());
  }

  @Get('live')
  @ApiOperation({ summary: 'The process and its event loop alone' })
  @ApiOkResponse({ example: { status: 'ok' } })
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether to send requests here; degraded names what answers leave out' })
  @ApiOkResponse({ example: { status: 'ok', degraded: [] } })
  @ApiServiceUnavailableResponse({ description: 'Starting, stopping, or the store is away (SERVER_NOT_READY)' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<{ status: 'ok'; degraded: readonly string[] }> {
    response.setHeader('Cache-Control', 'no-store');
    if (this.readiness.state !== 'ready') {
      throw fail('SERVER_NOT_READY', `The server is ${this.readiness.state}.`);
    }
    const { blocking, degraded } = await this.engines.readiness();
    if (blocking !== undefined) throw fail('SERVER_NOT_READY', blocking);
    return { status: 'ok', degraded };
  }
}
