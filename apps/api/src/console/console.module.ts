import { Module } from '@nestjs/common';

import { ConsoleController } from './console.controller';
import { ConsoleFiles } from './console-files';

/** The page at `/`, with its assets. */
@Module({
  controllers: [ConsoleController],
  providers: [{ provide: ConsoleFiles, useFactory: () => ConsoleFiles.load() }],
})
export class ConsoleModule {}
