/** Writes `.br` and `.gz` beside each text file, and fails the build when script and style weigh too much. */
import { Buffer } from 'node:buffer';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** All scripts and styles together, as gzip: a page of tools must not be the slow part. */
const maxGzipBytes = 60 * 1024;

export function compressAssets() {
  return {
    name: 'acervo-compress-assets',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        let weight = 0;
        for (const output of Object.values(bundle)) {
          const { fileName } = output;
          if (!/\.(js|css|html|svg)$/.test(fileName)) continue;
          const bytes = Buffer.from(output.type === 'chunk' ? output.code : output.source);
          const gzip = gzipSync(bytes, { level: 9 });
          const brotli = brotliCompressSync(bytes, {
            params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
          });
          if (/\.(js|css)$/.test(fileName)) weight += gzip.byteLength;
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzip });
          this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotli });
        }
        if (weight > maxGzipBytes) {
          this.error(`Script and style of the console weigh ${weight} bytes as gzip; the limit is ${maxGzipBytes}.`);
        }
        this.info(`script and style: ${(weight / 1024).toFixed(1)} KiB as gzip, of ${maxGzipBytes / 1024}`);
      },
    },
  };
}
