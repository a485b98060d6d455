import { mkdtempSync, rmSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SqliteApiKeyStore } from './adapters/sqlite/sqlite-api-key-store';
import type { NewApiKey } from './api-key-store';
import { clientOf } from './client';
import { KeyIdentification } from './key-identification';

const reader: NewApiKey = {
  name: 'reader',
  tenant: 'acme',
  scopes: ['search'],
  collections: ['handbook'],
  limits: { search: 600 },
  expiresAt: undefined,
};

function showing(headers: Record<string, string>): IncomingMessage {
  return { headers } as unknown as IncomingMessage;
}

describe('identification by key', () => {
  let directory: string;
  /** As the command line uses it: another connection. */
  let store: SqliteApiKeyStore;
  let identification: KeyIdentification;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'acervo-keys-'));
    store = new SqliteApiKeyStore(directory);
    identification = await KeyIdentification.open({ store: new SqliteApiKeyStore(directory), onFailure: failLoudly });
  });

  afterEach(async () => {
    await identification.close();
    store.close();
    rmSync(directory, { recursive: true });
  });

  function failLoudly(cause: unknown): void {
    throw cause;
  }

  async function add(change: Partial<NewApiKey> = {}): Promise<string> {
    const { text } = store.create({ ...reader, ...change });
    await identification.refresh();
    return text;
  }

  function codeOf(headers: Record<string, string>): unknown {
    try {
      return identification.identify(showing(headers)).id;
    } catch (error) {
      return error;
    }
  }

  it('tells tenant, scopes, collections and limits, by either header', async () => {
    const text = await add();
    const expected = {
      id: expect.stringMatching(/^key:/) as string,
      tenant: 'acme',
      scopes: new Set(['search']),
      collections: new Set(['handbook']),
      limits: { search: 600 },
    };
    expect(identification.identify(showing({ authorization: `Bearer ${text}` }))).toEqual(expected);
    expect(identification.identify(showing({ authorization: `bearer  ${text}` }))).toEqual(expected);
    expect(identification.identify(showing({ 'x-api-key': text }))).toEqual(expected);
    expect(identification.identify(showing({ authorization: 'Basic eDp5', 'x-api-key': text }))).toEqual(expected);
  });

  it('is done once per request', async () => {
    const request = showing({ 'x-api-key': await add() });
    const client = identification.identify(request);
    request.headers['x-api-key'] = 'another';
    expect(identification.identify(request)).toBe(client);
    expect(clientOf(request)).toBe(client);
  });

  it('says the same of wrong, truncated, expired and revoked keys (S11)', async () => {
    const text = await add();
    const elsewhere = new SqliteApiKeyStore(mkdtempSync(join(tmpdir(), 'acervo-keys-')));
    const unknown = elsewhere.create(reader).text;
    elsewhere.close();
    const expired = await add({ expiresAt: new Date(Date.now() - 1) });
    const { key, text: revoked } = store.create(reader);
    await identification.refresh();
    expect(codeOf({ 'x-api-key': revoked })).toBe(`key:${key.id}`);
    store.revoke(key.id);
    await identification.refresh();
    const wrongSecret = text.slice(0, 18) + unknown.slice(18);
    const refused = [
      unknown,
      wrongSecret,
      text.slice(0, -1),
      `${text}x`,
      expired,
      revoked,
      '',
      'hello',
      `${text}, ${text}`,
    ];
    const errors = refused.map((given) => codeOf({ 'x-api-key': given }));
    expect(errors[0]).toMatchObject({ code: 'AUTH_INVALID', params: {} });
    for (const error of errors) expect(error).toEqual(errors[0]);
  });

  it('asks for a key where there is none', () => {
    expect(codeOf({})).toMatchObject({ code: 'AUTH_REQUIRED' });
    expect(codeOf({ authorization: 'Basic eDp5' })).toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('ends with the life of a key, without anybody changing it', async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    const text = await add({ expiresAt });
    expect(codeOf({ 'x-api-key': text })).toMatch(/^key:/);
    const now = jest.spyOn(Date, 'now').mockReturnValue(expiresAt.getTime());
    expect(codeOf({ 'x-api-key': text })).toMatchObject({ code: 'AUTH_INVALID' });
    now.mockRestore();
  });

  it('notes the day of use when it closes', async () => {
    expect(codeOf({ 'x-api-key': await add() })).toMatch(/^key:/);
    await add({ name: 'unused' });
    await identification.close();
    const days = store.list().map(({ name, lastUsedOn }) => [name, lastUsedOn]);
    expect(days).toEqual([
      ['reader', new Date().toISOString().slice(0, 10)],
      ['unused', undefined],
    ]);
    identification = await KeyIdentification.open({ store: new SqliteApiKeyStore(directory), onFailure: failLoudly });
  });

  it('follows a file that was put in the place of the old one', async () => {
    const text = await add();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, `keys.db${suffix}`), { force: true });
    await identification.refresh();
    expect(codeOf({ 'x-api-key': text })).toMatchObject({ code: 'AUTH_INVALID' });
    expect(statSync(join(directory, 'keys.db')).mode & 0o777).toBe(0o600);
  });

  it('costs less than 2 µs for a key that was seen before', async () => {
    const headers = { authorization: `Bearer ${await add()}` };
    const rounds = 10_000;
    let bestNs = Infinity;
    for (let attempt = 0; attempt < 25; attempt++) {
      const started = process.hrtime.bigint();
      for (let round = 0; round < rounds; round++) identification.identify(showing(headers));
      bestNs = Math.min(bestNs, Number(process.hrtime.bigint() - started) / rounds);
    }
    console.info(`identify: ${bestNs.toFixed(0)} ns`);
    expect(bestNs).toBeLessThan(2_000);
  });
});
