/** What the integrations of web frameworks share: one event for each request, and its scope. */

import type { Surrounding } from "../../context.js";
import type { Properties, Stated } from "../../event.js";

/** What they need of a client. */
export interface Recording {
  track(name: string, properties?: Properties, stated?: Stated): unknown;
  context<T>(surrounding: Surrounding & { readonly [property: string]: unknown }, call: () => T): T;
}

/**
 * `user` and `device` tell whose request it is; events recorded while it is handled say so, too.
 * `name` is the event of a finished request; null records none. `skip` leaves requests out.
 */
export interface RequestOptions<R> {
  readonly user?: (request: R) => string | undefined;
  readonly device?: (request: R) => string | undefined;
  readonly name?: string | null;
  readonly skip?: (request: R) => boolean;
}

/** A request as the framework tells it. */
export interface Handled {
  readonly method: string;
  /** The route's pattern if there is one, else the path: never the query. */
  readonly route: string;
  readonly status: number;
  readonly error?: string;
}

/** Return the scope of a request. */
export function scopeOfRequest<R>(request: R, { user, device }: RequestOptions<R>): Surrounding {
  return { user: user?.(request), device: device?.(request) };
}

/** Record that a request was handled, in the scope it had. */
export function recordRequest<R>(
  client: Recording,
  scope: Surrounding,
  { name = "Request Handled" }: RequestOptions<R>,
  { method, route, status, error }: Handled,
  begun: number,
): void {
  if (name === null) return;
  const properties = { method, route, status, error, duration_ms: Math.round(performance.now() - begun) };
  client.track(name, properties, { user: scope.user, device: scope.device });
}
