import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';

import { ProblemFilter } from './problem.filter';
import { ProblemsController } from './problems.controller';
import { SchemaValidationPipe } from './schema-validation.pipe';

/** Errors as problems, everywhere: the filter and the validation pipe are global. */
@Module({
  controllers: [ProblemsController],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useClass: SchemaValidationPipe },
  ],
})
export class ProblemModule {}
