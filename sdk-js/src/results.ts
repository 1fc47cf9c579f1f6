/** What a client reports: its ledger, and each event that was refused or lost. */

/** The place of an event: all that identifies it (TM-LED-12). `eventId` makes its public id of it. */
export interface Ref {
  readonly stream: string;
  readonly seq: number;
}

/**
 * The end of one event that was not stored: `code` is a verdict code for "rejected" and a drop
 * reason for "dropped"; `path` names the field at fault.
 */
export interface Result extends Ref {
  readonly outcome: "rejected" | "dropped";
  readonly code: string;
  readonly path: string | null;
  readonly limit: number | null;
}

/** Events by their end; `assigned = stored + rejected + dropped + pending` (TM-LED-04). */
export interface Totals {
  readonly assigned: number;
  readonly stored: number;
  readonly rejected: { readonly [code: string]: number };
  readonly dropped: { readonly [reason: string]: number };
  readonly pending: number;
}

/**
 * What became of a client's events, at one instant.
 *
 * `recovered` counts the streams taken over from pages or processes that died. `refused` counts
 * calls that were no event (wrong use, no consent, closed client). `trouble` names what keeps events
 * from being sent: `auth_error`, `intercepted`, `unavailable`, `quota`, `unsupported_version`.
 * `spool` says where events survive, null = memory only; `note` says why, if that is not what was
 * asked for.
 */
export interface Stats extends Totals {
  readonly stream: string;
  readonly inFlight: number;
  readonly sanitized: number;
  readonly refused: number;
  readonly requests: number;
  readonly failures: number;
  readonly trouble: string | null;
  readonly spool: string | null;
  readonly note: string | null;
  readonly disabled: boolean;
  readonly recovered: Totals;
}
