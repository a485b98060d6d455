import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';

import { MetricsController, PublicMetricsController, versionToken } from './metrics.controller';
import { MetricsDesk, type MetricsDeskOptions } from './metrics-desk';

export interface MetricsModuleOptions extends MetricsDeskOptions {
  readonly version: string;
  /** Everybody may read them, whatever AUTH says. */
  readonly isPublic: boolean;
}

/** GET /metrics over what the processes of a server measure. It closes the metrics when the application stops. */
@Module({})
export class MetricsModule implements OnApplicationShutdown {
  constructor(private readonly desk: MetricsDesk) {}

  static forRoot({ version, isPublic, ...options }: MetricsModuleOptions): DynamicModule {
    return {
      module: MetricsModule,
      controllers: [isPublic ? PublicMetricsController : MetricsController],
      providers: [
        { provide: MetricsDesk, useValue: new MetricsDesk(options) },
        { provide: versionToken, useValue: version },
      ],
    };
  }

  onApplicationShutdown(): void {
    this.desk.close();
  }
}
