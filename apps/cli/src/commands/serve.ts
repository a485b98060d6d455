import { Command } from 'commander';

import { runServer } from '@acervo/api';

export function serveCommand(): Command {
  return new Command('serve').description('start the server (the default)').action(runServer);
}
