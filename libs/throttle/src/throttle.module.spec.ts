import { Body, Controller, Get, Logger, Module, Param, Post, UseGuards } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { SkipThrottle, Throttle, ThrottlerGuard } from '@nestjs/throttler';
import type { IncomingMessage } from 'node:http';
import request from 'supertest';

import { Identification, scopes, type Client } from '@acervo/identity';
import { ProblemModule } from '@acervo/problem-http';

import { MemoryRateLimitStorage, RateLimited, RequestLimiter, ThrottleModule } from './index';

/** Whom the header names. */
class NamedClients extends Identification {
  protected override find({ headers }: IncomingMessage): Client {
    const limits = headers['x-limits'] === undefined ? {} : (JSON.parse(String(headers['x-limits'])) as object);
    const id = String(headers['x-client'] ?? 'somebody');
    return { id, tenant: 'public', scopes: new Set(scopes), collections: undefined, limits: { ...limits } };
  }
}

@Controller()
class RoutesController {
  @RateLimited('search')
  @Get('search')
  search(): object {
    return {};
  }

  @RateLimited('search', (body) => (Array.isArray(body) ? body.length : 1))
  @Post('batch')
  batch(@Body() body: unknown): object {
    return { body };
  }

  @Get('documents/:id')
  read(@Param('id') id: string): object {
    return { id };
  }

  @Get('collections')
  list(): object {
    return {};
  }

  @SkipThrottle()
  @Get('health')
  health(): object {
    return {};
  }

  @Throttle({ default: { limit: 1, ttl: 5_000 } })
  @Get('once')
  once(): object {
    return {};
  }

  @RateLimited('chat')
  @Throttle({ burst: { limit: 2, ttl: 1_000 } })
  @SkipThrottle({ burst: false })
  @Get('chat')
  chat(): object {
    return {};
  }
}

/** As an application would write it that knows @nestjs/throttler alone. */
@SkipThrottle({ burst: true })
@UseGuards(ThrottlerGuard)
@Controller('plain')
class PlainController {
  @Throttle({ default: { limit: 2, ttl: 60_000 } })
  @Get()
  plain(): object {
    return {};
  }
}

describe('ThrottleModule', () => {
  let nowMs = 0;
  let app: NestExpressApplication;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    nowMs = 0;
    const limiter = new RequestLimiter({
      storage: new MemoryRateLimitStorage({ now: () => nowMs }),
      perMinute: { search: 5, chat: 3, research: 1, default: 4 },
      now: () => nowMs,
    });
    const identification = { provide: Identification, useValue: new NamedClients() };
    @Module({})
    class IdentityModule {}
    const module = await Test.createTestingModule({
      imports: [
        { module: IdentityModule, global: true, providers: [identification], exports: [identification] },
        ThrottleModule.forRoot({
          limiter,
          throttlers: [{ name: 'burst', limit: 50, ttl: 1_000, skipIf: (host) => host.getHandler().name !== 'chat' }],
        }),
        ProblemModule,
      ],
      controllers: [RoutesController, PlainController],
    }).compile();
    app = module.createNestApplication<NestExpressApplication>();
    await app.listen(0, '127.0.0.1');
  });
  afterEach(async () => {
    await app.close();
  });

  const get = async (path: string, headers: Record<string, string> = {}) =>
    request(app.getHttpServer()).get(path).set(headers);
  const statuses = async (count: number, ...of: Parameters<typeof get>): Promise<number[]> => {
    const seen: number[] = [];
    for (let nth = 0; nth < count; nth += 1) seen.push((await get(...of)).status);
    return seen;
  };

  it('admits up to the limit of the route, says what is left, and refuses with the time to wait', async () => {
    const first = await get('/search');
    expect(first.headers).toMatchObject({ 'ratelimit-policy': '"search";q=5;w=60', ratelimit: '"search";r=4;t=60' });
    nowMs = 10_000;
    expect(await statuses(4, '/search')).toEqual([200, 200, 200, 200]);
    nowMs = 20_500;
    const refused = await get('/search');
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({ ratelimit: '"search";r=0;t=50', 'retry-after': '40' });
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'RATE_LIMIT_EXCEEDED',
      detail: 'The limit `search` is 5 for a minute: send this again in 40 s.',
      params: { limit: 'search', retryAfterSeconds: 40 },
    });
    nowMs = 60_000;
    expect(await statuses(2, '/search')).toEqual([200, 429]);
  });

  it('lets a batch cost its items, of the limit that its route shares', async () => {
    const post = async (items: number) => request(app.getHttpServer()).post('/batch').send(new Array(items).fill(1));
    expect((await post(4)).headers['ratelimit']).toBe('"search";r=1;t=60');
    const refused = await post(2);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60']);
    expect((await get('/search')).headers['ratelimit']).toBe('"search";r=0;t=60');
  });

  it('tells whoever asks for more than the whole limit to split, not to wait', async () => {
    const refused = await request(app.getHttpServer()).post('/batch').send(new Array(6).fill(1));
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBeUndefined();
    expect(refused.headers['ratelimit']).toBe('"search";r=5;t=0');
    expect(refused.text).toContain('split it into requests of 5 or fewer');
  });

  it('counts other routes apart, each by its template, however it is written', async () => {
    const paths = ['/documents/a', '/documents/b', '/DOCUMENTS/c', '/documents/d/'];
    for (const path of paths) expect((await get(path)).status).toBe(200);
    expect((await request(app.getHttpServer()).head('/documents/e')).status).toBe(429);
    expect((await get('/collections')).headers).toMatchObject({
      'ratelimit-policy': '"default";q=4;w=60',
      ratelimit: '"default";r=3;t=60',
    });
  });

  it('counts each client apart, by limits of its own where it has some', async () => {
    expect(await statuses(6, '/search', { 'x-client': 'a' })).toEqual([200, 200, 200, 200, 200, 429]);
    expect(await statuses(2, '/search', { 'x-client': 'b', 'x-limits': '{"search":1}' })).toEqual([200, 429]);
    const unlimited = { 'x-client': 'c', 'x-limits': '{"search":0}' };
    expect(new Set(await statuses(20, '/search', unlimited))).toEqual(new Set([200]));
    expect((await get('/search', unlimited)).headers['ratelimit-policy']).toBeUndefined();
    expect(await statuses(1, '/search', { 'x-client': 'a', 'x-limits': '{"search":9}' })).toEqual([200]);
  });

  it('leaves out what @SkipThrottle skips', async () => {
    expect(new Set(await statuses(10, '/health'))).toEqual(new Set([200]));
    expect((await get('/health')).headers['ratelimit']).toBeUndefined();
  });

  it('takes a limit of @Throttle instead of the configured one', async () => {
    expect((await get('/once')).headers['ratelimit-policy']).toBe('"default";q=1;w=5');
    expect(await statuses(1, '/once')).toEqual([429]);
    nowMs = 5_000;
    expect(await statuses(1, '/once')).toEqual([200]);
  });

  it('adds throttlers of the application, and spends nothing when one of them refuses', async () => {
    const first = await get('/chat');
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"chat";q=3;w=60, "burst";q=2;w=1',
      ratelimit: '"chat";r=2;t=60, "burst";r=1;t=1',
    });
    expect(await statuses(3, '/chat')).toEqual([200, 429, 429]);
    nowMs = 1_000;
    // Of chat one is left: the refusals took none.
    expect(await statuses(2, '/chat')).toEqual([200, 429]);
  });

  it('keeps the guard of @nestjs/throttler working, over the same storage', async () => {
    const first = await get('/plain');
    expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': '1' });
    await get('/plain');
    const refused = await get('/plain');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60']);
  });
});
