import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';

import { AuthGuard } from './auth.guard';
import { Identification } from './client';

/** The guard in front of every route. It closes the identification when the application stops. */
@Module({})
export class IdentityModule implements OnApplicationShutdown {
  constructor(private readonly identification: Identification) {}

  static forRoot(identification: Identification): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      providers: [
        { provide: Identification, useValue: identification },
        { provide: APP_GUARD, useClass: AuthGuard },
      ],
      exports: [Identification],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.identification.close();
  }
}
