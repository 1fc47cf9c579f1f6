/**
 * What can go wrong in a way the caller can act on. Delivery throws nothing: its results are values
 * (`Failure`, `Stats`).
 *
 * - TallymarkError
 *   - ConfigurationError   the constructor was given a value that cannot work
 *   - UsageError           a call was wrong; thrown only with `hooks: { strict: true }`
 *   - SpoolError           the spool's directory or files cannot be used
 */

/** Stands above every error this package throws. */
export class TallymarkError extends Error {}

/** Refuses a configuration; the message names the option, the value and what is allowed. */
export class ConfigurationError extends TallymarkError {}

/** Refuses a call; the message names the argument and what is allowed. */
export class UsageError extends TallymarkError {}

/** Says that the spool's directory or one of its files cannot be used. */
export class SpoolError extends TallymarkError {}
