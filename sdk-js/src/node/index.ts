/** `@tallymark/node`: record product events in a server program; undelivered ones survive it. */

export type { ConsentState, Purposes } from "../consent.js";
export { ConfigurationError, SpoolError, TallymarkError, UsageError } from "../errors.js";
export type { Id, Properties, Stated } from "../event.js";
export { eventId } from "../eventId.js";
export type { Batching, Consent, Hooks, Options, Privacy, Retry, Spool } from "../options.js";
export type { Ref, Result, Stats, Totals } from "../results.js";
export type { Timed } from "../timed.js";
export { VERSION } from "../version.js";
export { Client } from "./client.js";
