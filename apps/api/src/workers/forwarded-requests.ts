/** Which requests a follower hands to the writer. */
import { prefersAsync } from '@acervo/search';

/** What only computes, though it is sent by POST. Other spellings of these paths go to the writer and mean the same. */
const computing = new Set([
  '/search',
  '/search-async',
  '/batch-search',
  '/chat',
  '/research',
  '/v1/chat/completions',
  '/v1/embeddings',
]);

/** Everything that may change something: what is not known to compute alone. */
export function isForWriter(method: string, url: string, prefer: string | undefined): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false;
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  return method !== 'POST' || !computing.has(path) || prefersAsync(prefer);
}
