import { setMaxListeners } from 'node:events';
import type { RequestListener } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';

import type { AcervoConfig } from '@acervo/config';
import type { Tracing } from '@acervo/tracing';

import { AppModule } from './app.module';
import { ConsoleFiles } from './console/console-files';
import type { Engines } from './engines';
import { AcervoExpressAdapter } from './express-adapter';
import { createFastLane } from './fast-lane/create-fast-lane';
import { Readiness } from './health/readiness';
import { NestLogger } from './logger';
import { openMetrics, routesOf, stageRecorder } from './metrics/open-metrics';
import { installMiddleware } from './middleware';
import { buildOpenApi, serveOpenApi } from './openapi';
import { RouteNotFoundFilter } from './route-not-found.filter';
import { watchSearches } from './tracing/watch-searches';
import { nameOf, tracedRoute } from './tracing/traced-route';
import { openTraffic } from './traffic';
import { forwardToWriter } from './workers/forward-to-writer';
import type { Group } from './workers/group';
import { alone, type Place } from './workers/place';

export interface RunningServer {
  /** As a client on this machine reaches it. */
  readonly url: string;
  readonly readiness: Readiness;
  /** The router, for requests that come by another way than the port. */
  readonly route: RequestListener;
  /** To be aborted when what still runs has to end: streams then say so. */
  readonly leaving: AbortController;
  readonly app: NestExpressApplication;
}

/** Beyond the deadline that the writer keeps itself. */
const writerGraceMs = 5_000;

/** Builds the application over open engines and listens. */
export async function startServer(
  config: AcervoConfig,
  engines: Engines,
  logger: Logger,
  place: Place = alone,
  group?: Group,
  tracing?: Tracing,
): Promise<RunningServer> {
  const traffic = await openTraffic(config, place, logger, group);
  const fastLane = createFastLane(config, engines, traffic, logger);
  const metrics = openMetrics(config, engines, traffic, fastLane, group);
  const leaving = new AbortController();
  // Every request under way listens to it.
  setMaxListeners(0, leaving.signal);
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forEnvironment(
      config,
      engines,
      traffic,
      { place, group, leaving: leaving.signal },
      { fastLane, metrics, searches: watchSearches(config, logger, metrics && stageRecorder(metrics)) },
    ),
    new AcervoExpressAdapter(fastLane, metrics?.requests, tracing),
    { bodyParser: false, logger: new NestLogger(logger), abortOnError: false },
  );
  app.disable('x-powered-by');
  // ETag and 304 belong to the cache, which knows generations; hashing each body would cost more than it saves.
  app.set('etag', false);
  app.set('query parser', 'simple');
  const timeoutMs = config.REQUEST_TIMEOUT_SECONDS * 1_000 + writerGraceMs;
  const { door } = place;
  installMiddleware(
    app,
    config,
    logger,
    leaving.signal,
    place.isWriter || door === undefined ? undefined : forwardToWriter({ door, timeoutMs }),
  );
  const document = buildOpenApi(app);
  serveOpenApi(app, document);
  const routes = routesOf(document);
  metrics?.requests.useRoutes(routes);
  tracing?.useRoutes((url) => nameOf(routes, url));
  app.useGlobalFilters(new RouteNotFoundFilter(document, app.get(ConsoleFiles).index()));
  await app.listen(config.PORT, config.HOST);
  return {
    url: localUrl(await app.getUrl()),
    readiness: app.get(Readiness),
    route: tracedRoute(app.getHttpAdapter().getInstance() as RequestListener, tracing),
    leaving,
    app,
  };
}

function localUrl(url: string): string {
  return url.replace('0.0.0.0', 'localhost').replace('[::1]', 'localhost').replace('127.0.0.1', 'localhost');
}
