/** Next.js route handlers, and whatever answers a web `Request` with a `Response`. */

import { recordRequest, type Recording, type RequestOptions, scopeOfRequest } from "./request.js";

/** Return the handler with a scope for each request, and one event. `route` is the pattern to report. */
export function withTallymark<A extends unknown[]>(
  client: Recording,
  handler: (request: Request, ...rest: A) => Response | Promise<Response>,
  { route, ...options }: RequestOptions<Request> & { readonly route?: string } = {},
): (request: Request, ...rest: A) => Promise<Response> {
  return async (request, ...rest) => {
    if (options.skip?.(request)) return handler(request, ...rest);
    const begun = performance.now();
    const scope = scopeOfRequest(request, options);
    const record = (status: number, error?: string): void => {
      const handled = { method: request.method, route: route ?? new URL(request.url).pathname, status, error };
      recordRequest(client, scope, options, handled, begun);
    };
    try {
      const response = await client.context({ ...scope }, () => Promise.resolve(handler(request, ...rest)));
      record(response.status);
      return response;
    } catch (error) {
      record(500, error instanceof Error ? error.name : String(error));
      throw error;
    }
  };
}
