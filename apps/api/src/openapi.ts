import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

import { describeLimits } from '@acervo/throttle';

import { version } from './version';

const description = `Search, chat and research over a team's own documents, in Portuguese and English.

Errors are RFC 9457 problem documents; the \`type\` of each leads to its explanation under \`/problems\`.
Busca, chat e pesquisa sobre os documentos da equipe, em português e inglês.`;

export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Acervo')
    .setDescription(description)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key' }, 'bearer')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'api_key')
    .build();
  const document = SwaggerModule.createDocument(app, options);
  describeLimits(document);
  return document;
}

/** Swagger UI at /docs, the document at /docs-json. */
export function serveOpenApi(app: INestApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('docs', app, document, {
    customSiteTitle: 'Acervo API',
    raw: ['json'],
    swaggerOptions: { tryItOutEnabled: true, displayRequestDuration: true, defaultModelsExpandDepth: 0 },
  });
}
