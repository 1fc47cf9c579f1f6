/**
 * Time that the suite can move, under the SDK's own clock: what is patched is the platform's
 * `Date.now`, `performance.now` and `setTimeout`, and only while a client asked for it.
 */

const moves = { steady: 0, wall: 0 };
const real = { set: setTimeout, clear: clearTimeout, now: Date.now, perf: performance.now.bind(performance) };
const timers = new Set();
let installed = false;

/** Put the movable time in the place of the platform's. */
export function install() {
  if (installed) return;
  installed = true;
  Date.now = () => real.now() + moves.wall;
  performance.now = () => real.perf() + moves.steady;
  globalThis.setTimeout = (call, ms = 0, ...args) => new Timer(() => call(...args), Number(ms));
  globalThis.clearTimeout = (timer) => (timer instanceof Timer ? timer.stop() : real.clear(timer));
}

/** Let time pass on all clocks, and what waits for it happen; `wall` moves the wall clock alone. */
export function advance(ms, wall) {
  moves.steady += ms;
  moves.wall += ms + wall;
  if (ms > 0) for (const timer of [...timers]) timer.again();
}

class Timer {
  constructor(call, ms) {
    this.call = call;
    this.ms = ms;
    this.referenced = true;
    this.refresh();
  }

  refresh() {
    this.at = performance.now() + this.ms;
    timers.add(this);
    this.again();
    return this;
  }

  again() {
    real.clear(this.timer);
    this.timer = real.set(() => this.fire(), Math.max(0, this.at - performance.now()));
    if (!this.referenced) this.timer.unref?.();
  }

  fire() {
    timers.delete(this);
    this.call();
  }

  stop() {
    timers.delete(this);
    real.clear(this.timer);
  }

  unref() {
    this.referenced = false;
    this.timer.unref?.();
    return this;
  }

  ref() {
    this.referenced = true;
    this.timer.ref?.();
    return this;
  }

  hasRef() {
    return this.referenced;
  }
}
