/** The client: its options checked, its parts joined. */

import { Calls } from "./calls.js";
import { type Endpoint, endpoint, type Options, type Settings, settings } from "./options.js";
import { Pipeline, type Platform } from "./pipeline.js";

/**
 * Records events and delivers them in the background.
 *
 * Calls return the event's place (`eventId` makes its id), or null if there is no event: wrong use,
 * no consent, closed client.
 */
export class CoreClient extends Calls {
  declare protected readonly _pipeline: Pipeline;

  /** Throws a `ConfigurationError` if an option cannot work. */
  constructor(
    key: string,
    url: string,
    options: Options,
    platform: (to: Endpoint, settings: Settings) => Platform,
  ) {
    const to = endpoint(key, url);
    const complete = settings(options);
    const made = platform(to, complete);
    super(new Pipeline(complete, made), made.clock, made.scopes);
  }
}
