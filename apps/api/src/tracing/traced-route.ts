import type { RequestListener } from 'node:http';

import { otherRoute, type RouteTable } from '@acervo/metrics';
import type { Tracing } from '@acervo/tracing';

/** The router for requests that do not come by the port, each with a span of its own. */
export function tracedRoute(route: RequestListener, tracing: Tracing | undefined): RequestListener {
  if (tracing === undefined) return route;
  return (request, response) => {
    tracing.watch(request, response);
    tracing.resume(request, () => {
      route(request, response);
    });
  };
}

/** Template of the route that answers `url`. */
export function nameOf(routes: RouteTable, url: string): string | undefined {
  const name = routes.names[routes.indexOfUrl(url)];
  return name === otherRoute ? undefined : name;
}
