/** What every event of a call's surroundings shares: ids, groups and super properties. */

import { type Id, identifier, memberships, type Properties } from "./event.js";

/** The surroundings of a call; never changed. */
export interface Scope {
  readonly user?: string;
  readonly device?: string;
  readonly groups?: { readonly [kind: string]: string };
  readonly properties: Properties;
}

/** How a caller describes surroundings. */
export interface Surrounding {
  readonly user?: Id;
  readonly device?: Id;
  readonly groups?: { readonly [kind: string]: Id };
}

/** Where the scope of the running call is kept: a stack, or storage that follows async calls. */
export interface Scopes {
  get(): Scope | undefined;
  run<T>(scope: Scope, call: () => T): T;
}

/** A stack: the scope ends when the function returns, even if what it began has not. */
export class ScopeStack implements Scopes {
  private _scope: Scope | undefined;

  get(): Scope | undefined {
    return this._scope;
  }

  run<T>(scope: Scope, call: () => T): T {
    const outer = this._scope;
    this._scope = scope;
    try {
      return call();
    } finally {
      this._scope = outer;
    }
  }
}

/** Return the scope a caller describes. */
export function scopeOf({ user, device, groups }: Surrounding, properties: Properties): Scope {
  return {
    user: identifier("user", user),
    device: identifier("device", device),
    groups: groups && memberships(groups),
    properties: { ...properties },
  };
}

/** Return an inner scope as seen inside an outer one: what it says wins. */
export function within(outer: Scope, inner: Scope | undefined): Scope {
  if (!inner) return outer;
  return {
    user: inner.user ?? outer.user,
    device: inner.device ?? outer.device,
    groups: inner.groups || outer.groups ? { ...outer.groups, ...inner.groups } : undefined,
    properties: { ...outer.properties, ...inner.properties },
  };
}
