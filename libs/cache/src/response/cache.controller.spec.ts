import type { Server } from 'node:http';

import { Test } from '@nestjs/testing';
import request from 'supertest';

import { EdgePurge } from '../edge-purge';

import { Generations } from './generations';
import { ResponseCacheModule } from './response-cache.module';

class NoCollections extends Generations {
  override peek(): undefined {
    return undefined;
  }
  override async find(): Promise<undefined> {
    await Promise.resolve();
  }
}

describe('GET /cache', () => {
  const overview = async (edgePurge: EdgePurge | undefined): Promise<unknown> => {
    const module = await Test.createTestingModule({
      imports: [
        ResponseCacheModule.forRoot({
          cache: undefined,
          otherCaches: {},
          edgePurge,
          generations: new NoCollections(),
          lifetime: { freshMs: 1_000 },
          compressFromBytes: undefined,
          sharedMaxAgeSeconds: 1,
          edgeStaleSeconds: 1,
        }),
      ],
    }).compile();
    const app = await module.createNestApplication({ logger: false }).init();
    try {
      return (
        await request(app.getHttpServer() as Server)
          .get('/cache')
          .expect(200)
      ).body;
    } finally {
      await app.close();
    }
  };

  it('counts what the edge was told', async () => {
    const purge = new EdgePurge({
      url: 'http://127.0.0.1:1/',
      findGeneration: async () => Promise.resolve(1),
      delayMs: 60_000,
    });
    purge.notify('a');
    expect(await overview(purge)).toEqual({
      caches: {},
      edge_purge: { sent: 0, retried: 0, failed: 0, waiting: 1 },
    });
    await purge.close();
    expect(await overview(purge)).toMatchObject({ edge_purge: { failed: 1, waiting: 0 } });
  });

  it('says nothing of an edge that nobody named', async () => {
    expect(await overview(undefined)).toEqual({ caches: {} });
  });
});
