/** Express (4 and 5), and whatever takes `(request, response, next)`. */

import { recordRequest, type Recording, type RequestOptions, scopeOfRequest } from "./request.js";

/** What is needed of Express's request. */
export interface ExpressRequest {
  readonly method: string;
  readonly path: string;
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
}

/** What is needed of its response. */
export interface ExpressResponse {
  readonly statusCode: number;
  once(event: "close", call: () => void): unknown;
}

/** Return the middleware: each request has its scope and is one event. */
export function expressMiddleware<R extends ExpressRequest>(
  client: Recording,
  options: RequestOptions<R> = {},
): (request: R, response: ExpressResponse, next: () => void) => void {
  return (request, response, next) => {
    if (options.skip?.(request)) return next();
    const begun = performance.now();
    const scope = scopeOfRequest(request, options);
    const { path } = request;
    response.once("close", () => {
      const pattern = request.route?.path;
      const route = typeof pattern === "string" ? (request.baseUrl ?? "") + pattern : path;
      recordRequest(client, scope, options, { method: request.method, route, status: response.statusCode }, begun);
    });
    client.context({ ...scope }, next);
  };
}
