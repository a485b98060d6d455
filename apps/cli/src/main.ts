import 'reflect-metadata';

import pc from 'picocolors';

import { configExitCode, ConfigError } from '@acervo/config';
import { DomainError } from '@acervo/kernel';

import { createProgram } from './program';

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    if (error instanceof ConfigError) {
      process.stderr.write(`${pc.red(error.message)}\n`);
      process.exitCode = configExitCode;
      return;
    }
    const isExpected = error instanceof DomainError;
    const message =
      error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`${pc.red(`acervo: ${message}`)}\n`);
    process.exitCode = 1;
  });
