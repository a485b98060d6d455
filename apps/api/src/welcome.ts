import pc from 'picocolors';

import type { AcervoConfig } from '@acervo/config';

/** What a person sees once the server listens: where it is and three things to try. */
export function welcome(url: string, { AUTH, SAMPLE_CORPUS }: Pick<AcervoConfig, 'AUTH' | 'SAMPLE_CORPUS'>): string {
  const key = AUTH === 'keys' ? ` -H "X-API-Key: $KEY"` : '';
  const search = `curl -s ${url}/search${key} -H 'Content-Type: application/json' -d '{"query":"Como configurar Docker?","max_results":5}'`;
  const get = `curl -s '${url}/search?q=how+do+I+back+up&max_results=3&language=en'${key}`;
  const add = `curl -s ${url}/documents${key} -H 'Content-Type: application/json' -H 'Prefer: wait=30' -d '{"title":"Note","text":"Our office is in Recife."}'`;
  const hint = SAMPLE_CORPUS
    ? 'The manual is being indexed: search works meanwhile.'
    : 'Add documents with: npx acervo ingest PATH';
  return `
  ${pc.bold('Acervo')} listens on ${pc.cyan(url)}   Console: ${pc.cyan(`${url}/`)}   Swagger UI: ${pc.cyan(`${url}/docs`)}
  ${hint}

  Try:${AUTH === 'keys' ? '\n    KEY=$(npx acervo keys create NAME --scope search --scope ingest)' : ''}
    ${search}
    ${get}
    ${add}

`;
}
