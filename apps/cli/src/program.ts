import { Command } from 'commander';

import { version } from '@acervo/api';

import { backupCommand, restoreCommand } from './commands/backup';
import { benchCommand } from './commands/bench';
import { configCommand } from './commands/config';
import { evalCommand } from './commands/eval';
import { ingestCommand } from './commands/ingest';
import { keysCommand } from './commands/keys';
import { migrateCommand } from './commands/migrate';
import { reindexCommand } from './commands/reindex';
import { searchCommand } from './commands/search';
import { serveCommand } from './commands/serve';

export function createProgram(): Command {
  return (
    new Command('acervo')
      .description("Search over a team's own documents, in Portuguese and English.")
      .version(version)
      // Options belong to the command they follow: `eval` and `eval answers` have some of the same name.
      .enablePositionalOptions()
      .showHelpAfterError('(acervo --help lists the commands)')
      .addCommand(serveCommand(), { isDefault: true })
      .addCommand(ingestCommand())
      .addCommand(searchCommand())
      .addCommand(evalCommand())
      .addCommand(reindexCommand())
      .addCommand(benchCommand())
      .addCommand(keysCommand())
      .addCommand(backupCommand())
      .addCommand(restoreCommand())
      .addCommand(migrateCommand())
      .addCommand(configCommand())
  );
}
