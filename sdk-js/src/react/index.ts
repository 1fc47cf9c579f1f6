/**
 * React hooks: a client for the components below a provider.
 *
 *     <TallymarkProvider client={client}><App /></TallymarkProvider>
 *     const { track } = useTallymark();
 *     const color = useFlag("button-color", "blue");
 */

import { createContext, createElement, type ReactElement, type ReactNode, useContext, useEffect, useMemo } from "react";

import type { Properties, Stated } from "../event.js";

/** What components use of a client. */
export interface Tracker {
  track(name: string, properties?: Properties, stated?: Stated): unknown;
  page(name?: string | null, properties?: Properties, stated?: Stated): unknown;
  identify(user: string | number, properties?: Properties, stated?: Stated): unknown;
  flag<T>(name: string, otherwise: T): T;
}

const Context = createContext<Tracker | null>(null);

/** Give a client to the components inside. */
export function TallymarkProvider({ client, children }: { readonly client: Tracker; readonly children?: ReactNode }): ReactElement {
  return createElement(Context.Provider, { value: client }, children);
}

/** Return the calls of the client, bound to it; the same functions in every rendering. */
export function useTallymark(): Pick<Tracker, "track" | "page" | "identify"> {
  const client = useClient();
  return useMemo(
    () => ({
      track: (...call: Parameters<Tracker["track"]>) => client.track(...call),
      page: (...call: Parameters<Tracker["page"]>) => client.page(...call),
      identify: (...call: Parameters<Tracker["identify"]>) => client.identify(...call),
    }),
    [client],
  );
}

/** Return the value of a flag, or the default. */
export function useFlag<T>(name: string, otherwise: T): T {
  return useClient().flag(name, otherwise);
}

/** Record a page view when the component appears, and when its name or path changes. */
export function usePage(name?: string, path?: string): void {
  const client = useClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path is another view
  useEffect(() => void client.page(name), [client, name, path]);
}

function useClient(): Tracker {
  const client = useContext(Context);
  if (client === null) throw new Error("useTallymark needs a <TallymarkProvider client={…}> above the component");
  return client;
}
