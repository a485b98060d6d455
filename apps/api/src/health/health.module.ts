import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { EngineHealth, HEALTH_OPTIONS, type HealthOptions } from './engine-health';
import { HealthController } from './health.controller';
import { Readiness } from './readiness';

@Module({})
export class HealthModule {
  static forRoot(options: HealthOptions): DynamicModule {
    return {
      module: HealthModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [EngineHealth, Readiness, { provide: HEALTH_OPTIONS, useValue: options }],
      exports: [Readiness],
    };
  }
}
