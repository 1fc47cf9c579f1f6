/** Drives a recorder's deliveries: the only place that waits. Nothing here decides what is sent. */

import { MAX_UNLOAD } from "./_generated/limits.js";
import type { Guard } from "./guard.js";
import type { Hooks, Retry } from "./options.js";
import type { Goals, Job, Recorder } from "./recorder.js";
import { size } from "./sanitize.js";
import type { Clock } from "./steady.js";
import type { Failure, Response, Transport } from "./transport.js";

/** Sends what the recorder decides, and tells the hooks what came of it. */
export class Worker {
  private _woken = false;
  private _ended = false;
  private _leaving = 0;
  private _stopTimer: () => void = () => {};
  private readonly _waiting = new Set<() => void>();

  constructor(
    private readonly _recorder: Recorder,
    private readonly _transport: Transport,
    private readonly _retry: Retry,
    private readonly _hooks: Hooks,
    private readonly _clock: Clock,
    private readonly _guard: Guard,
  ) {}

  /** Look for work at the end of the running task: once, however many calls it makes. */
  readonly wake = (): void => {
    if (this._woken || this._ended) return;
    this._woken = true;
    queueMicrotask(() => {
      this._woken = false;
      this._guard.attempt("worker", this._run);
    });
  };

  /** The network is back. */
  readonly online = (): void => {
    this._recorder.link.online(this._clock.steady());
    this.wake();
  };

  /** Wait until everything recorded so far is settled; false if that cannot be in time. */
  flush(timeoutMs: number): Promise<boolean> {
    const goals = this._recorder.hurry();
    return this._await(() => settled(goals), timeoutMs);
  }

  /** Send what is left, say that the streams end, and stop; false if something is left. */
  async close(timeoutMs: number): Promise<boolean> {
    this._recorder.end();
    const complete = await this._await(() => this._recorder.drained, timeoutMs);
    this.stop();
    return complete;
  }

  /** Stop now: what is left stays in the spool, or is lost and said so. */
  stop(): void {
    this._ended = true;
    this._stopTimer();
    this._recorder.shut();
    this._tellResults();
  }

  /** The page is being left: store what is pending, send what fits (TM-WEB-01, TM-WEB-02). */
  readonly leave = (): void => {
    this._recorder.sync(true);
    for (;;) {
      const job = this._recorder.leave(MAX_UNLOAD - this._leaving);
      if (!job) return;
      void this._send(job, true);
    }
  };

  private readonly _run = (): void => {
    if (this._ended) return;
    this._stopTimer();
    this._recorder.sync(false);
    for (;;) {
      const next = this._recorder.next();
      if (typeof next === "number") {
        if (next < Infinity) this._stopTimer = this._clock.after(next - this._clock.steady(), this.wake);
        break;
      }
      void this._send(next, false);
    }
    this._tellResults();
    for (const look of [...this._waiting]) look();
  };

  private _send(job: Job, leaving: boolean): Promise<void> {
    const { batch, attempt, identity } = job.send;
    const came = this._transport.send({
      stream: job.lane.buffer.stream,
      body: batch && batch.body,
      attempt,
      identity,
      timeoutMs: this._retry.timeoutMs,
      leaving,
    });
    return this.follow(job, leaving, came);
  }

  /** Wait for what comes back for a request, and settle it. */
  async follow(job: Job, leaving: boolean, coming: Promise<Response | Failure>): Promise<void> {
    const bytes = leaving ? size(job.send.batch!.body) : 0;
    this._leaving += bytes;
    const came = await coming;
    this._leaving -= bytes;
    if (this._ended) return;
    const outcome = this._recorder.settle(job, came);
    const { trouble } = this._recorder.link;
    if (outcome?.detail) {
      this._guard.say(trouble ?? "delivery", `${trouble ?? "sending failed"} (${outcome.detail}); events are kept`);
    }
    this.wake();
  }

  private _await(reached: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadline = this._clock.steady() + timeoutMs;
    return new Promise((resolve) => {
      const end = (complete: boolean): void => {
        stop();
        this._waiting.delete(look);
        resolve(complete);
      };
      const look = (): void => {
        const { link } = this._recorder;
        if (reached()) end(true);
        else if (link.stopped || link.blockedUntil > deadline) end(false);
      };
      const stop = this._clock.after(timeoutMs, () => end(reached()));
      this._waiting.add(look);
      this.wake();
    });
  }

  private _tellResults(): void {
    const hook = this._hooks.onResult;
    const { results } = this._recorder;
    this._recorder.results = [];
    if (hook) for (const result of results) this._guard.attempt("onResult", () => hook(result));
  }
}

/** Tell whether goals are reached; a stream that is gone holds nothing back. */
function settled(goals: Goals): boolean {
  return goals.every(([lane, end]) => !lane.alive || lane.delivery.settledTo(end));
}
