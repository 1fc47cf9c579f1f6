/** What consent allows (TM-CON-01, TM-CON-02, TM-CON-04); pure. */

import { UsageError } from "./errors.js";
import type { Consent, Privacy } from "./options.js";

/** What is done with an event. */
export type Mode = "record" | "hold" | "anonymous" | "refuse";

/** The three consents in force; null = nobody spoke of it. */
export interface ConsentState {
  readonly analytics: Consent | null;
  readonly ads: Consent | null;
  readonly personalization: Consent | null;
}

export type Purposes = Partial<ConsentState>;

/** Return the state after what is given; what is not given stays. */
export function change(state: ConsentState, given: Purposes, gpc: boolean): ConsentState {
  for (const value of Object.values(given)) {
    if (![null, undefined, "granted", "denied", "unknown"].includes(value)) {
      throw new UsageError(`consent: ${value} given, must be granted, denied or unknown`);
    }
  }
  // Global Privacy Control outranks what was said about the two purposes (TM-CON-02).
  return {
    analytics: given.analytics ?? state.analytics,
    ads: gpc ? "denied" : (given.ads ?? state.ads),
    personalization: gpc ? "denied" : (given.personalization ?? state.personalization),
  };
}

/** Return what is done with an event while this state is in force. */
export function modeOf({ analytics }: ConsentState, whenUnknown: Privacy["whenUnknown"]): Mode {
  if (analytics === "denied") return "refuse";
  return analytics === "unknown" ? whenUnknown : "record";
}

/** Return what the context says of consent; undefined if nobody spoke of it (TM-CON-04). */
export function wire(state: ConsentState): { [purpose: string]: string } | undefined {
  const stated = Object.entries(state).filter(([, value]) => value);
  return stated.length > 0 ? Object.fromEntries(stated) : undefined;
}
