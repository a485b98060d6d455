import type { IncomingMessage } from 'node:http';

import { Controller, Get, Logger, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import type { App } from 'supertest/types';

import { fail } from '@acervo/problem';
import { ProblemModule } from '@acervo/problem-http';

import { Identification, type Client, type Scope } from './client';
import { ClientOf } from './client-of.decorator';
import { IdentityModule } from './identity.module';
import { Public, RequireScope } from './require-scope.decorator';

/** The key is the scope. */
class ByScope extends Identification {
  isClosed = false;

  protected override find({ headers }: IncomingMessage): Client {
    const scope = headers['x-api-key'] as Scope | undefined;
    if (scope === undefined) throw fail('AUTH_REQUIRED');
    return { id: `key:${scope}`, tenant: 'acme', scopes: new Set([scope]), collections: undefined, limits: {} };
  }

  override close(): void {
    this.isClosed = true;
  }
}

@RequireScope('search')
@Controller()
class AnyController {
  @Get('search')
  search(@ClientOf() { id }: Client): string {
    return id;
  }

  @Get('either')
  @RequireScope('chat', 'ingest')
  either(): string {
    return 'either';
  }

  @Get('open')
  @Public()
  open(@ClientOf() { id }: Client): string {
    return id;
  }
}

@Controller('silent')
class SilentController {
  @Get()
  get(): string {
    return 'silent';
  }
}

describe('the guard', () => {
  let app: INestApplication<App>;
  const identification = new ByScope();

  beforeAll(async () => {
    Logger.overrideLogger(false);
    const module = await Test.createTestingModule({
      controllers: [AnyController, SilentController],
      imports: [IdentityModule.forRoot(identification), ProblemModule],
    }).compile();
    app = module.createNestApplication<INestApplication<App>>();
    await app.init();
  });

  async function statusOf(path: string, key?: string): Promise<number> {
    const sent = request(app.getHttpServer()).get(path);
    return (await (key === undefined ? sent : sent.set('X-API-Key', key))).status;
  }

  it.each([
    ['/search', 'search', 200],
    ['/search', 'chat', 403],
    ['/search', 'admin', 200],
    ['/search', undefined, 401],
    ['/either', 'chat', 200],
    ['/either', 'ingest', 200],
    ['/either', 'search', 403],
    ['/open', undefined, 200],
    ['/silent', 'search', 403],
    ['/silent', 'admin', 200],
    ['/silent', undefined, 401],
    ['/problems', undefined, 200],
  ])('answers %s with the scope %s by %i', async (path, scope, status) => {
    expect(await statusOf(path, scope)).toBe(status);
  });

  it('says which scope is missing, and hands the client to the handler', async () => {
    const refused = await request(app.getHttpServer()).get('/either').set('X-API-Key', 'search');
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer realm="acervo", error="insufficient_scope", scope="chat ingest"',
    );
    expect(refused.body).toMatchObject({ code: 'AUTH_FORBIDDEN', params: { scopes: ['chat', 'ingest'] } });
    expect((await request(app.getHttpServer()).get('/search').set('X-API-Key', 'admin')).text).toBe('key:admin');
  });

  it('ends with the application', async () => {
    await app.close();
    expect(identification.isClosed).toBe(true);
  });
});
