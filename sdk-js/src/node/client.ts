/** The client of a server program: Node, and what speaks its modules (Deno, Bun). */

import { type } from "node:os";

import { CoreClient } from "../client.js";
import { eventId } from "../eventId.js";
import { Link } from "../link.js";
import type { Options } from "../options.js";
import type { Platform } from "../pipeline.js";
import { type Buffers, MemoryBuffers } from "../queue.js";
import type { Ref } from "../results.js";
import { AnchoredClock } from "../steady.js";
import { validateEvent } from "../validate.js";
import { keep } from "./sampling.js";
import { AsyncScopes } from "./scopes.js";
import { FileBuffers } from "./spool/buffers.js";
import { ServerTransport } from "./transport.js";

const ADOPT_EVERY_MS = 60_000;
/** What an exiting program waits at most for its events. */
const EXIT_MS = 2_000;

/** Records events in a server program; undelivered ones survive it in a spool. */
export class Client extends CoreClient {
  private readonly _stops: (() => void)[] = [];

  constructor(key: string, url: string, options: Options = {}) {
    let files: FileBuffers | null = null;
    super(key, url, options, (to, settings): Platform => {
      const clock = options.transport?.clock ?? new AnchoredClock();
      const { batching, spool } = settings;
      const memory = new MemoryBuffers(batching.queueMax, batching.queueBytes);
      if (spool.directory !== false) files = new FileBuffers(to, settings, memory, clock);
      const buffers: Buffers = files ?? memory;
      const link = new Link();
      return {
        clock,
        scopes: new AsyncScopes(),
        transport: options.transport ?? new ServerTransport(to, clock),
        buffers,
        link,
        keep: (kind, event) => keep(link.control(clock.steady()), kind, event),
        note: () => files?.note ?? null,
        log: (message) => console.warn(message),
        context: () => ({
          // Under the names Python has for them.
          os: { name: type().replace("_NT", "") },
          runtime: { name: "node", version: process.versions.node },
        }),
        check: (event) => {
          const issue = validateEvent(JSON.parse(event));
          return issue && `${issue.code} at ${issue.path}`;
        },
        turn: () => false,
        forget: () => {},
      };
    });
    if (files) this._adopt();
    if (files || !options.transport) this._flushAtExit();
    const { sigterm } = options.hooks ?? {};
    if (sigterm) process.once("SIGTERM", this._onTerm);
  }

  /**
   * Read TALLYMARK_KEY, TALLYMARK_URL and TALLYMARK_SPOOL. Without a key the client is disabled: it
   * warns once, records nothing, and says so in `stats()`. TALLYMARK_SPOOL is a directory, or `off`.
   */
  static fromEnv(options: Options = {}): Client {
    const { TALLYMARK_KEY: key, TALLYMARK_URL: url, TALLYMARK_SPOOL: spool } = process.env;
    if (!key) {
      console.warn("tallymark: TALLYMARK_KEY is not set: this client is disabled");
      const client = new Client(`tmk_${"0".repeat(22)}`, "http://localhost", { ...options, spool: { directory: false } });
      client._pipeline.disable();
      return client;
    }
    const directory = spool === "off" ? false : spool;
    return new Client(key, url ?? "", directory === undefined ? options : { spool: { directory }, ...options });
  }

  /** Return the public id of an event (TM-LED-07). */
  eventId({ stream, seq }: Ref): string {
    return eventId(stream, seq);
  }

  override async close(timeoutMs?: number): Promise<boolean> {
    const complete = await super.close(timeoutMs);
    for (const stop of this._stops) stop();
    process.removeListener("SIGTERM", this._onTerm);
    return complete;
  }

  private _adopt(): void {
    this._pipeline.adopt();
    const timer = setInterval(() => this._pipeline.adopt(), ADOPT_EVERY_MS);
    timer.unref();
    this._stops.push(() => clearInterval(timer));
  }

  /** Without a spool it is the last chance; with one, it saves the next process the work. */
  private _flushAtExit(): void {
    const flush = (): void => void this.flush(EXIT_MS);
    process.once("beforeExit", flush);
    this._stops.push(() => process.removeListener("beforeExit", flush));
  }

  private readonly _onTerm = (): void => {
    const handled = process.listenerCount("SIGTERM") > 0;
    void this.close(EXIT_MS).then(() => {
      // Nobody else wanted the signal: end as it would have.
      if (!handled) process.kill(process.pid, "SIGTERM");
    });
  };
}
