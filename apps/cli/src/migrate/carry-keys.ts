import { openKeys } from '@acervo/api';
import type { AcervoConfig } from '@acervo/config';

/**
 * Carries the API keys that may be used, which go on working: only their hashes are known to anybody. Those that the
 * target knows stay as they are there, revoked ones included. How many were added.
 */
export async function carryKeys(from: AcervoConfig, to: AcervoConfig): Promise<number> {
  const source = await openKeys(from);
  try {
    const target = await openKeys(to);
    try {
      return await target.adopt(await source.listValid());
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
