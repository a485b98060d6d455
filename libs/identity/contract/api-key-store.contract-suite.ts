/** What every ApiKeyStore must do, with two processes at once. */
import type { ApiKeyStore, NewApiKey } from '../src/api-key-store';
import { KeyIdentification } from '../src/key-identification';

export interface ApiKeyStoreHarness {
  /** Another connection to the same keys, as of another process. */
  readonly open: () => Promise<ApiKeyStore>;
  readonly stop: () => Promise<void>;
}

const reader: NewApiKey = {
  ...{ name: 'reader', tenant: 'acme', scopes: ['search'], collections: ['handbook'], limits: { search: 600 } },
  expiresAt: undefined,
};

export function describeApiKeyStoreContract(technology: string, make: () => Promise<ApiKeyStoreHarness>): void {
  describe(`ApiKeyStore on ${technology}`, () => {
    let harness: ApiKeyStoreHarness;
    let store: ApiKeyStore;
    let other: ApiKeyStore;

    beforeEach(async () => {
      harness = await make();
      store = await harness.open();
      other = await harness.open();
    }, 60_000);
    afterEach(async () => {
      await store.close();
      await other.close();
      await harness.stop();
    });

    it('gives what was made to every process, the secret only as a hash', async () => {
      const { key, text } = await store.create(reader);
      const [listed] = await other.list();
      expect(listed).toEqual({ ...key, ...reader });
      const [valid] = await other.listValid();
      expect(valid?.hash).toHaveLength(32);
      expect(JSON.stringify(await other.listValid())).not.toContain(text.slice(18));
    });

    it('has another version after a change by another process, and the same without one', async () => {
      const before = await other.version();
      expect(await other.version()).toBe(before);
      const { key } = await store.create(reader);
      const made = await other.version();
      expect(made).not.toBe(before);
      await store.revoke(key.id);
      expect(await other.version()).not.toBe(made);
    });

    it('takes over keys of another store as they are, and none twice', async () => {
      const { key } = await store.create(reader);
      await store.markUsed([key.id], '2026-01-31');
      const [secret] = await store.listValid();
      if (secret === undefined) throw new Error('no key');
      const foreign = { ...secret, id: 'foreign1', name: 'foreign', expiresAt: new Date(4_102_444_800_000) };
      const before = await other.version();
      expect(await store.adopt([{ ...secret, name: 'changed' }, foreign])).toBe(1);
      expect(await store.adopt([foreign])).toBe(0);
      expect(await other.version()).not.toBe(before);
      const valid = [...(await other.listValid())].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(valid).toEqual([foreign, secret]);
    });

    it('counts and lists only keys that may be used', async () => {
      const { key } = await store.create(reader);
      await store.create({ ...reader, name: 'over', expiresAt: new Date(Date.now() - 1_000) });
      await store.create({
        ...reader,
        name: 'later',
        collections: undefined,
        expiresAt: new Date(Date.now() + 60_000),
      });
      expect(await other.countValid()).toBe(2);
      await other.revoke(key.id);
      expect((await store.listValid()).map(({ name }) => name)).toEqual(['later']);
      expect((await store.list()).map(({ name }) => name).toSorted()).toEqual(['later', 'over', 'reader']);
    });

    it('revokes once, and says when there is no such key', async () => {
      const { key } = await store.create(reader);
      const first = await store.revoke(key.id);
      expect(first?.revokedAt).toBeInstanceOf(Date);
      expect((await other.revoke(key.id))?.revokedAt).toEqual(first?.revokedAt);
      expect(await store.revoke('absent')).toBeUndefined();
    });

    it('notes the day of use', async () => {
      const { key } = await store.create(reader);
      await store.markUsed([key.id, 'absent'], '2026-02-03');
      await other.markUsed([key.id], '2026-02-02');
      expect(await other.list()).toMatchObject([{ lastUsedOn: '2026-02-03' }]);
    });

    it('lets a server follow a revocation by another process with its next look', async () => {
      const { key, text } = await store.create(reader);
      const server = await KeyIdentification.open({ store: await harness.open(), onFailure: fail });
      try {
        const request = () => ({ headers: { 'x-api-key': text } }) as never;
        expect(server.identify(request()).id).toBe(`key:${key.id}`);
        await other.revoke(key.id);
        await server.refresh();
        expect(() => server.identify(request())).toThrow(expect.objectContaining({ code: 'AUTH_INVALID' }) as Error);
      } finally {
        await server.close();
      }
    });
  });
}

function fail(cause: unknown): void {
  throw cause;
}
