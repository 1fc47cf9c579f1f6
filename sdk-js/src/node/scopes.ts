/** The scope of a request or task: it follows promises, timers and callbacks. */

import { AsyncLocalStorage } from "node:async_hooks";

import type { Scope, Scopes } from "../context.js";

/** Keeps the scope in an AsyncLocalStorage, one for each client. */
export class AsyncScopes implements Scopes {
  private readonly _storage = new AsyncLocalStorage<Scope>();

  get(): Scope | undefined {
    return this._storage.getStore();
  }

  run<T>(scope: Scope, call: () => T): T {
    return this._storage.run(scope, call);
  }
}
