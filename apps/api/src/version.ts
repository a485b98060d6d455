import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from '@acervo/kernel';

export const { version } = JSON.parse(readFileSync(join(packageRoot(__dirname), 'package.json'), 'utf8')) as {
  version: string;
};
