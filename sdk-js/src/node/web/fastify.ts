/** Fastify (4 and 5): `app.register(fastifyPlugin(client))`. */

import { recordRequest, type Recording, type RequestOptions, scopeOfRequest } from "./request.js";

/** What is needed of Fastify's request. */
export interface FastifyRequest {
  readonly method: string;
  readonly url: string;
  readonly routeOptions?: { readonly url?: string };
}

interface FastifyReply {
  readonly statusCode: number;
  readonly elapsedTime: number;
}

interface FastifyApp<R> {
  addHook(name: "onRequest", hook: (request: R, reply: FastifyReply, done: () => void) => void): unknown;
  addHook(name: "onResponse", hook: (request: R, reply: FastifyReply, done: () => void) => void): unknown;
}

/** Return the plugin: each request has its scope and is one event. */
export function fastifyPlugin<R extends FastifyRequest>(
  client: Recording,
  options: RequestOptions<R> = {},
): (app: FastifyApp<R>, _options: unknown, done: () => void) => void {
  const plugin = (app: FastifyApp<R>, _options: unknown, done: () => void): void => {
    app.addHook("onRequest", (request, _reply, next) => {
      client.context({ ...scopeOfRequest(request, options) }, next);
    });
    app.addHook("onResponse", (request, reply, next) => {
      if (!options.skip?.(request)) {
        const route = request.routeOptions?.url ?? request.url.replace(/[?#].*/, "");
        const handled = { method: request.method, route, status: reply.statusCode };
        recordRequest(client, scopeOfRequest(request, options), options, handled, performance.now() - reply.elapsedTime);
      }
      next();
    });
    done();
  };
  // Fastify's own mark: the hooks are for the whole application, not for a part of its own.
  return Object.assign(plugin, { [Symbol.for("skip-override")]: true });
}
