/** Debian's Chromium: started for itself, so that it can be killed and started again. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

export const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-quic",
  "--disable-component-update",
  "--disable-sync",
];

/** Start a browser whose contexts are apart from each other. */
export function launch(more = []) {
  return chromium.launch({ executablePath: EXECUTABLE, args: [...FLAGS, ...more] });
}

/** Start a browser on a profile that outlives it; `kill` is SIGKILL to all its processes. */
export async function start(profile) {
  const args = [...FLAGS, `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"];
  // A group of its own: the browser's children die with it.
  const running = spawn(EXECUTABLE, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const lines = createInterface({ input: running.stderr });
  const address = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const found = /DevTools listening on (\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
    running.on("exit", (code) => reject(new Error(`chromium ended with ${code}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  return {
    context: browser.contexts()[0],
    kill: async () => {
      const gone = once(running, "exit");
      process.kill(-running.pid, "SIGKILL");
      await gone;
      await browser.close().catch(() => {});
    },
  };
}
