/** The batches of one stream that are on their way, or have to go again; pure. */

import { type Batch, type Entry, seqs } from "./batch.js";
import { normalise, type Ranges } from "./ranges.js";

/** A batch, its attempts, and whether the stream is to be asked before the next one. */
export interface Flight {
  readonly batch: Batch;
  attempt: number;
  ask: boolean;
  /** It left with the page, beside the others. */
  readonly leaving?: boolean;
}

/** Batches in the air, batches to send again, and pieces to cut anew. */
export class Flights {
  waiting: Flight[] = [];
  pieces: (readonly Entry[])[] = [];
  private readonly _flying = new Map<number, Flight>();
  private _tickets = 0;

  /** The number of requests without an answer. */
  get size(): number {
    return this._flying.size;
  }

  /** Tell whether nothing is on its way and nothing has to go again. */
  get none(): boolean {
    return this.size + this.waiting.length + this.pieces.length === 0;
  }

  /** Take note that a flight begins; return its ticket. */
  start(flight: Flight): number {
    this._flying.set(++this._tickets, flight);
    return this._tickets;
  }

  /** Return the flight of that ticket; it is over. */
  land(ticket: number): Flight {
    const flight = this._flying.get(ticket)!;
    this._flying.delete(ticket);
    return flight;
  }

  /** Return the events on their way; only of what left with the page, if asked. */
  flying(leaving = false): Ranges {
    return normalise(
      [...this._flying.values()]
        .filter((flight) => flight.leaving || !leaving)
        .flatMap(({ batch }) => seqs(batch.entries)),
    );
  }

  /** Return the numbers of events that are in a batch already. */
  held(): Set<number> {
    return new Set(
      [...this._batches().map(({ entries }) => entries), ...this.pieces].flat().map(([seq]) => seq),
    );
  }

  /** Return the losses that a batch reports. */
  carried(): Ranges {
    return normalise(this._batches().flatMap(({ drops }) => Object.values(drops).flat()));
  }

  private _batches(): Batch[] {
    return [...this._flying.values(), ...this.waiting].map(({ batch }) => batch);
  }
}
