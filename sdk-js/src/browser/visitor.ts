/** Who is here: a random device id and the visit, remembered in localStorage; no cookie. */

import { load, save } from "./storage.js";

const DEVICE = "tm:device";
const SESSION = "tm:session";
/** A visit ends after that long without an event. */
const IDLE_MS = 1_800_000;
/** How exactly the time of the last event is remembered for other tabs. */
const NOTED_MS = 5_000;

/** A device and a session, when that was last seen (ms since 1970), and whether storage may know them. */
export type Ids = readonly [device: string | null, session: string, seen: number, stored: boolean];

/** Names the device and the session; nothing is remembered until `ids` says so. */
export class Visitor {
  private _device: string | null;
  private _session: string;
  private _seen: number;
  private _noted = 0;
  private _stored: boolean;

  constructor([device, session, seen, stored]: Ids = [null, "", 0, false]) {
    this._device = device;
    this._session = session;
    this._seen = seen;
    this._stored = stored;
  }

  /** Return what another of this class needs to go on. */
  get known(): Ids {
    return [this._device, this._session, this._seen, this._stored];
  }

  /** Return the ids of an event at `now`; `stored` = they may be kept in storage. */
  ids(now: number, stored: boolean): { device_id: string; session_id: string } {
    this._stored = stored;
    this._device ??= (stored && load(DEVICE)) || random();
    if (stored && load(DEVICE) !== this._device) save(DEVICE, this._device);
    this.turn(now);
    return { device_id: this._device, session_id: this._session };
  }

  /** Take note of an event; true if it begins another session than the last one. */
  turn(now: number): boolean {
    const before = this._session;
    if (now - this._noted >= NOTED_MS) this._read();
    if (!this._session || now - this._seen > IDLE_MS) this._session = `${now.toString(36)}-${random().slice(0, 8)}`;
    this._seen = now;
    if (this._stored && (before !== this._session || now - this._noted >= NOTED_MS)) {
      this._noted = now;
      save(SESSION, `${this._session} ${now}`);
    }
    return before !== "" && before !== this._session;
  }

  /** Forget both. */
  forget(): void {
    this._device = null;
    this._session = "";
    save(DEVICE, null);
    save(SESSION, null);
  }

  /** Another tab may have begun the session, or gone on with it. */
  private _read(): void {
    const [session, seen] = ((this._stored && load(SESSION)) || " 0").split(" ");
    if (Number(seen) > this._seen) {
      this._session = session;
      this._seen = Number(seen);
    }
  }
}

function random(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
