import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import { repositoryRoot } from './compose-file';

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string }[] }[];
}

const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');

describe.each(['docs/en/operations.md', 'docs/pt/operacao.md'])('%s', (page) => {
  it('says what to do for every alert, and for none that does not exist', () => {
    const { groups } = parse(read('deploy/prometheus/alerts.yml')) as Rules;
    const alerts = groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
    const named = [...read(page).matchAll(/^\| (`Acervo\w+`.*?) \|/gm)].flatMap(
      ([, cell = '']) => cell.match(/Acervo\w+/g) ?? [],
    );
    expect(named.sort()).toEqual([...alerts].sort());
  });

  it('names files that exist', () => {
    const files = [...read(page).matchAll(/`((?:deploy|test)\/[\w./-]+|docker-compose[\w.]*)`/g)].map(
      ([, path = '']) => path,
    );
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((file) => !existsSync(join(repositoryRoot, file)))).toEqual([]);
  });
});
