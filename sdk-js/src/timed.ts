/** How long something takes, recorded as one event. */

import type { Properties } from "./event.js";
import type { Clock } from "./steady.js";

/** A running measurement: `stop` records the event; `wrap` measures a function instead. */
export class Timed {
  private _begun: number;

  constructor(
    private readonly _track: (properties: Properties) => void,
    private readonly _clock: Clock,
    private readonly _properties: Properties | undefined,
  ) {
    this._begun = _clock.steady();
  }

  /** Record the event with `duration_ms` and what else became known. */
  stop(added?: Properties): void {
    this._track({ ...this._properties, ...added, duration_ms: this._clock.steady() - this._begun });
  }

  /** Return the function, each call of it measured; a promise is measured to its end. */
  wrap<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      const timed = new Timed(this._track, this._clock, this._properties);
      const failed = (error: unknown): never => {
        timed.stop({ error: error instanceof Error ? error.name : String(error) });
        throw error;
      };
      try {
        const result = call(...args);
        if (result instanceof Promise) {
          return result.then((value: unknown) => (timed.stop(), value), failed) as R;
        }
        timed.stop();
        return result;
      } catch (error) {
        return failed(error);
      }
    };
  }
}
