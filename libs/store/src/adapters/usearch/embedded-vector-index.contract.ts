import { dataFolder } from '../../../contract/data-folder';
import { describeVectorIndexContract } from '../../../contract/vector-index.contract-suite';
import { VectorTruth } from '../../../contract/vector-truth';
import { EmbeddedVectorIndex } from './embedded-vector-index';

describe.each([
  ['exact scan', {}],
  ['graph', { graphFromRows: 100, scanUpToRows: 20 }],
])('with the %s', (_, options) => {
  describeVectorIndexContract('usearch', async () => {
    const folder = dataFolder();
    const truth = new VectorTruth();
    return await Promise.resolve({
      truth,
      restart: () => new EmbeddedVectorIndex({ directory: folder.path, source: truth, ...options }),
      stop: async () => {
        folder.remove();
        await Promise.resolve();
      },
    });
  });
});
