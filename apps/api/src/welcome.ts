import pc from 'picocolors';

import type { AcervoConfig } from '@acervo/config';

/** What a person sees once the server listens: where it is and three things to try. */
export function welcome(url: string, { SAMPLE_CORPUS }: Pick<AcervoConfig, 'SAMPLE_CORPUS'>): string {
  const search = `curl -s ${url}/search -H 'Content-Type: application/json' -d '{"query":"Como configurar Docker?","max_results":5}'`;
  const get = `curl -s '${url}/search?q=how+do+I+back+up&max_results=3&language=en'`;
  const add = `curl -s ${url}/documents -H 'Content-Type: application/json' -H 'Prefer: wait=30' -d '{"title":"Note","text":"Our office is in Recife."}'`;
  const hint = SAMPLE_CORPUS
    ? 'The manual is being indexed: search works meanwhile.'
    : 'Add documents with: npx acervo ingest PATH';
  return `
  ${pc.bold('Acervo')} listens on ${pc.cyan(url)}   Swagger UI: ${pc.cyan(`${url}/docs`)}
  ${hint}

  Try:
    ${search}
    ${get}
    ${add}

`;
}
