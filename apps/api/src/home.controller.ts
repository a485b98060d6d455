import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';

import { Public } from '@acervo/identity';

/** The front door leads to Swagger UI. */
@ApiExcludeController()
@SkipThrottle()
@Public()
@Controller()
export class HomeController {
  @Get()
  @Redirect('/docs', 302)
  home(): void {
    // The decorator answers.
  }
}
