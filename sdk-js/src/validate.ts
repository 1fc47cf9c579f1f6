/** Verdicts on what comes over the wire, generated from the schema. */

export { type Issue } from "./checks.js";
export {
  validateAnswer,
  validateConfig,
  validateContext,
  validateEnvelope,
  validateEvent,
  validateFlat,
  validateProblem,
  validateSpec,
  validateStreamState,
} from "./_generated/validators.js";
