/**
 * Builds the page into a folder of static files that the server reads once. Names of assets carry a hash of their
 * content, so browsers may keep them for ever.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

import { compressAssets } from './compress-assets.mjs';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/console/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/apps/console',
    emptyOutDir: false,
    assetsInlineLimit: 0,
    target: 'es2022',
    // These know `light-dark()`: each colour is written once for both themes.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Browsers of the target have it; the script that stands in for it would be dead weight.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The notices of what is bundled go wherever the bundle goes.
    license: { fileName: 'licences.md' },
  },
  plugins: [compressAssets()],
});
