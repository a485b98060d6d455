import { request as httpRequest } from 'node:http';

import { describeWithNginx, startNginxServer } from '@acervo/testing';

import { AcervoProcess } from './acervo-process';

const limit = 5;
const tries = 12;

/** A route that is counted, and quick. */
const path = '/collections';

interface Asked {
  readonly port: number;
  /** Address of the loopback network that the client has. */
  readonly from?: string;
  readonly headers?: Record<string, string>;
}

async function statusOf({ port, from = '127.0.0.1', headers = {} }: Asked): Promise<number> {
  return await new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, localAddress: from, headers, agent: false }, (answer) => {
      answer.resume().once('end', () => {
        resolve(answer.statusCode ?? 0);
      });
    });
    sent.once('error', reject).end();
  });
}

/** How many of `tries` requests are admitted. */
async function admitted(ask: (nth: number) => Asked): Promise<number> {
  let count = 0;
  for (let nth = 0; nth < tries; nth++) {
    const status = await statusOf(ask(nth));
    expect([200, 429]).toContain(status);
    if (status === 200) count++;
  }
  return count;
}

function hex(nth: number): string {
  return ((nth * 7919) % 0x10000).toString(16);
}

describe('one client, one limit (C4)', () => {
  let server: AcervoProcess | undefined;
  afterEach(async () => server?.stop());

  async function start(trustedProxies: string): Promise<number> {
    server = await AcervoProcess.start({ LIMIT_DEFAULT_PER_MINUTE: String(limit), TRUSTED_PROXIES: trustedProxies });
    await server.ready();
    return Number(new URL(server.url).port);
  }

  it('without trusted proxies, whatever a client writes into headers', async () => {
    const port = await start('');
    const forged = await admitted((nth) => ({
      port,
      headers: {
        'X-Forwarded-For': `198.51.100.${nth}`,
        Forwarded: `for=198.51.100.${nth}`,
        'X-Real-IP': `198.51.100.${nth}`,
      },
    }));
    expect(forged).toBe(limit);
    // Another address of this machine is another client.
    expect(await admitted(() => ({ port, from: '127.0.0.9' }))).toBe(limit);
  });

  it('behind a trusted proxy: left parts, other headers, IPv6 rotation and mapped addresses give no second one', async () => {
    const port = await start('127.0.0.1');
    const via = (address: (nth: number) => string, other: Record<string, string> = {}) =>
      admitted((nth) => ({ port, headers: { ...other, 'X-Forwarded-For': address(nth) } }));
    expect(await via((nth) => `198.51.100.${nth}, 10.0.0.${nth}, 203.0.113.7`, { Forwarded: 'for=1.2.3.4' })).toBe(
      limit,
    );
    expect(await via(() => '::ffff:203.0.113.7')).toBe(0);
    expect(await via(() => '::ffff:cb00:7107')).toBe(0);
    expect(await via((nth) => `2001:db8:1:2:${hex(nth + 1)}::${nth}`)).toBe(limit);
    expect(await via((nth) => `2001:db8:1:3:${hex(nth + 1)}::${nth}`)).toBe(limit);
    // Another machine that says it is a proxy is none.
    expect(
      await admitted((nth) => ({ port, from: '127.0.0.9', headers: { 'X-Forwarded-For': `198.51.100.${nth}` } })),
    ).toBe(limit);
  });

  describeWithNginx('behind nginx', () => {
    it('two clients have two limits, however they forge', async () => {
      const port = await start('127.0.0.1');
      // As the manual shows it: it appends the address that it saw.
      const proxy = await startNginxServer(
        '',
        `location / {
          proxy_pass http://127.0.0.1:${port};
          proxy_bind 127.0.0.1;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }`,
      );
      try {
        const forging = (from: string) =>
          admitted((nth) => ({
            port: proxy.port,
            from,
            headers: {
              'X-Forwarded-For': `198.51.100.${nth}, 127.0.0.1`,
              Forwarded: `for="[2001:db8::${nth}]"`,
              'X-Real-IP': `198.51.100.${nth}`,
            },
          }));
        expect(await forging('127.0.0.2')).toBe(limit);
        expect(await forging('127.0.0.3')).toBe(limit);
        expect(await forging('127.0.0.2')).toBe(0);
      } finally {
        await proxy.stop();
      }
    });
  });
});
