import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';

import { openKeys } from '@acervo/api';
import { loadConfig } from '@acervo/config';
import { parseApiKey, scopes, type ApiKey, type ApiKeyStore, type Scope } from '@acervo/identity';
import { publicTenant } from '@acervo/kernel';
import { fail } from '@acervo/problem';

interface CreateOptions {
  readonly tenant: string;
  readonly scope?: readonly Scope[];
  readonly collection?: readonly string[];
  readonly expires?: Date;
  readonly limit?: Readonly<Record<string, number>>;
  readonly json?: true;
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const limitNames = ['search', 'chat', 'research', 'default'];

/** Works on the keys alone, so also while servers run: they see a change within a second or two. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('make, list and revoke API keys; a running server follows within seconds')
    .addCommand(createCommand())
    .addCommand(
      new Command('list')
        .description('all keys, also those that are over; never the keys themselves')
        .option('--tenant <name>', 'of this tenant only', parseTenant)
        .option('--json', 'print JSON')
        .action(async ({ tenant, json }: { tenant?: string; json?: true }) => {
          const all = await withStore((store) => store.list());
          const keys = all.filter((key) => tenant === undefined || key.tenant === tenant);
          process.stdout.write(json === true ? `${JSON.stringify(keys.map(toView), undefined, 2)}\n` : toTable(keys));
        }),
    )
    .addCommand(
      new Command('revoke')
        .description('end a key')
        .argument('<id>', 'as `acervo keys list` shows it, or the key itself')
        .option('--json', 'print JSON')
        .action(revoke),
    );
}

function createCommand(): Command {
  return new Command('create')
    .description('make a key and print it: the only time that it can be seen')
    .argument('<name>', 'who uses it')
    .option('--tenant <name>', 'whose collections it reaches', parseTenant, publicTenant)
    .option('--scope <scope>', `${scopes.join(', ')}; repeat for several (default: search)`, addScope)
    .option('--collection <name>', 'repeat for several (default: all of the tenant)', addCollection)
    .option('--expires <time>', 'after a time such as 90d, 12h or 30m, or at a date such as 2027-01-31', parseExpiry)
    .option('--limit <name=number>', `permits a minute for ${limitNames.join(', ')}; 0 is unlimited`, addLimit)
    .option('--json', 'print JSON')
    .action(create);
}

async function create(name: string, { tenant, scope, collection, expires, limit, json }: CreateOptions): Promise<void> {
  if (!/^\S(?:.{0,98}\S)?$/u.test(name)) throw fail('REQUEST_INVALID', 'A name has 1 to 100 characters.');
  const { key, text } = await withStore((store) =>
    store.create({
      ...{ name, tenant, scopes: scope ?? ['search'], collections: collection, limits: limit ?? {} },
      expiresAt: expires,
    }),
  );
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ ...toView(key), key: text }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(`${text}\n`);
  process.stderr.write(
    `${pc.yellow('This key is shown only now.')} Its id is ${key.id}: acervo keys revoke ${key.id}\n`,
  );
}

async function revoke(idOrKey: string, { json }: { json?: true }): Promise<void> {
  const id = parseApiKey(idOrKey)?.id ?? idOrKey;
  const key = await withStore((store) => store.revoke(id));
  if (key === undefined) throw fail('REQUEST_INVALID', 'There is no such key: `acervo keys list` shows the ids.');
  process.stdout.write(json === true ? `${JSON.stringify(toView(key), undefined, 2)}\n` : `${key.name} is revoked\n`);
}

async function withStore<T>(work: (store: ApiKeyStore) => T | Promise<T>): Promise<T> {
  const store = await openKeys(loadConfig().config);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function stateOf({ revokedAt, expiresAt }: ApiKey): 'valid' | 'revoked' | 'expired' {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt.getTime() <= Date.now() ? 'expired' : 'valid';
}

function toView(key: ApiKey): Record<string, unknown> {
  return {
    id: key.id,
    name: key.name,
    tenant: key.tenant,
    scopes: key.scopes,
    collections: key.collections ?? null,
    limits: key.limits,
    state: stateOf(key),
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    last_used_on: key.lastUsedOn ?? null,
  };
}

function toTable(keys: readonly ApiKey[]): string {
  if (keys.length === 0) return 'No keys yet: acervo keys create NAME\n';
  const head = ['id', 'name', 'tenant', 'scopes', 'collections', 'limits', 'state', 'created', 'expires', 'last used'];
  const table = new Table({ head, style: { head: ['cyan'], compact: true } });
  for (const key of keys) {
    const limits = Object.entries(key.limits).map(([name, permits]) => `${name}=${permits}`);
    table.push([
      ...[key.id, key.name, key.tenant, key.scopes.join(' '), key.collections?.join(' ') ?? 'all', limits.join(' ')],
      ...[stateOf(key), dayOf(key.createdAt), dayOf(key.expiresAt), key.lastUsedOn ?? 'never'],
    ]);
  }
  return `${table.toString()}\n`;
}

function dayOf(date: Date | undefined): string {
  return date?.toISOString().slice(0, 10) ?? 'never';
}

function parseTenant(value: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(value)) return value;
  throw new InvalidArgumentError('Lower-case letters, digits, _ and -, at most 63, beginning with a letter or digit.');
}

function addScope(value: string, before: readonly Scope[] = []): readonly Scope[] {
  const scope = scopes.find((one) => one === value);
  if (scope === undefined) throw new InvalidArgumentError(`One of ${scopes.join(', ')}.`);
  return [...new Set([...before, scope])];
}

function addCollection(value: string, before: readonly string[] = []): readonly string[] {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(value)) return [...new Set([...before, value])];
  throw new InvalidArgumentError('Letters, digits, _ and -, at most 63, beginning with a letter or digit.');
}

function addLimit(value: string, before: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
  const [, name = '', permits = ''] = /^([a-z]+)=(\d{1,7})$/.exec(value) ?? [];
  if (limitNames.includes(name)) return { ...before, [name]: Number(permits) };
  throw new InvalidArgumentError(`NAME=NUMBER, where NAME is one of ${limitNames.join(', ')}.`);
}

function parseExpiry(value: string): Date {
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(value) ?? [];
  const date =
    amount === undefined ? dateAt(value) : new Date(Date.now() + Number(amount) * unitMs[unit as keyof typeof unitMs]);
  if (date !== undefined && date.getTime() > Date.now()) return date;
  throw new InvalidArgumentError('A time such as 90d, 12h or 30m, or a date to come such as 2027-01-31.');
}

function dateAt(value: string): Date | undefined {
  const date = /^\d{4}-\d{2}-\d{2}(T.*)?$/.test(value) ? new Date(value) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}
