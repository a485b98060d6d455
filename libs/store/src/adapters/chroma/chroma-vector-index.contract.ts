import { isChromaServerSupported, startChromaServer } from '@acervo/testing';

import { describeVectorIndexContract } from '../../../contract/vector-index.contract-suite';
import { VectorTruth } from '../../../contract/vector-truth';
import { ChromaVectorIndex } from './chroma-vector-index';

if (isChromaServerSupported) {
  describeVectorIndexContract('Chroma', async () => {
    const server = await startChromaServer();
    const truth = new VectorTruth();
    return {
      truth,
      restart: () => new ChromaVectorIndex({ url: server.url, source: truth }),
      stop: async () => server.stop(),
    };
  });
} else {
  it.todo(
    `VectorIndex on Chroma: skipped, the server for tests runs on linux-x64, not ${process.platform}-${process.arch}`,
  );
}
