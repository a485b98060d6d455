/**
 * What a memory tier of 64 MiB really takes after a million distinct keys: node --expose-gc memory-bound.child SIZE.
 * In a process of its own, where nothing else comes and goes. Prints the bytes held over the bytes allowed.
 */
import { cacheKey } from '../src/cache-key';
import { MemoryTier } from '../src/memory-tier';

const valueBytes = Number(process.argv[2]);
const maxBytes = 64 << 20;

function held(): number {
  // The second pass frees what the first one found in buffers.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const before = held();
const tier = new MemoryTier<Buffer>({ maxEntries: 1e9, maxBytes });
for (let nth = 0; nth < 1_000_000; nth++) {
  tier.set(cacheKey('answer1', [nth], ['group']), Buffer.allocUnsafeSlow(valueBytes), valueBytes, Infinity);
}
process.stdout.write(JSON.stringify({ share: (held() - before) / maxBytes, counted: tier.stats().bytes / maxBytes }));
