import { keysCommand } from './keys';

describe('acervo keys create', () => {
  it.each([
    ['--tenant', 'a.b'],
    ['--tenant', 'Acme'],
    ['--scope', 'root'],
    ['--collection', '../x'],
    ['--collection', 'acme.docs'],
    ['--expires', 'yesterday'],
    ['--expires', '2020-01-01'],
    ['--expires', '0d'],
    ['--limit', 'searches=1'],
    ['--limit', 'search=-1'],
  ])('refuses %s %s before it makes a key', async (option, value) => {
    const command = keysCommand();
    for (const one of command.commands) one.exitOverride().configureOutput({ writeErr: () => undefined });
    const asked = command.parseAsync(['create', 'x', option, value], { from: 'user' });
    await expect(asked).rejects.toMatchObject({ code: 'commander.invalidArgument' });
  });
});
