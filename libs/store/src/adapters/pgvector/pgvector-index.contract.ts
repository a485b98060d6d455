import { describeWithPostgres, startPostgresServer } from '@acervo/testing';

import { describeVectorIndexContract } from '../../../contract/vector-index.contract-suite';
import { VectorTruth } from '../../../contract/vector-truth';
import { PgvectorIndex } from './pgvector-index';

describeWithPostgres('with pgvector', () => {
  describeVectorIndexContract('pgvector', async () => {
    const server = await startPostgresServer();
    const { url } = server.createDatabase();
    const truth = new VectorTruth();
    return {
      truth,
      restart: () => new PgvectorIndex({ database: { url, maxConnections: 4 }, source: truth }),
      stop: async () => server.stop(),
    };
  });
});
