/** Debian's Firefox over WebDriver BiDi, with the part of Playwright's names that the cells use. */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import puppeteer from "puppeteer-core";

import { until } from "./collector.js";

export const EXECUTABLE = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
/** Pages and connections of tests only. */
const PREFERENCES = { "toolkit.telemetry.reportingpolicy.firstRun": false, "datareporting.policy.dataSubmissionEnabled": false };

class Page {
  constructor(page) {
    this.page = page;
  }

  goto(url) {
    return this.page.goto(url);
  }

  async goBack() {
    const from = this.page.url();
    await this.page.evaluate(() => void setTimeout(() => history.back()));
    await until("the page before", async () => this.page.url() !== from);
    await this.waitForFunction(() => document.readyState === "complete");
  }

  evaluate(call, argument) {
    return this.page.evaluate(call, argument);
  }

  /** The driver's own way makes a function from text, which a strict page forbids. */
  async waitForFunction(call) {
    await until("a condition of the page", () => this.page.evaluate(call));
  }

  waitForTimeout(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  async waitForURL(end) {
    const path = end.replace("**", "");
    await until(`a page at ${path}`, async () => this.page.url().endsWith(path));
  }

  async addInitScript(call) {
    await this.page.evaluateOnNewDocument(call);
  }

  async reload() {
    await this.page.reload();
  }

  click(selector) {
    return this.page.click(selector);
  }

  close(options) {
    return this.page.close(options);
  }
}

class Context {
  constructor(context) {
    this.context = context;
  }

  async newPage() {
    return new Page(await this.context.newPage());
  }

  close() {
    return this.context.close?.();
  }
}

function started(more = {}) {
  return puppeteer.launch({ browser: "firefox", executablePath: EXECUTABLE, headless: true, extraPrefsFirefox: PREFERENCES, ...more });
}

/** Start a browser whose contexts are apart from each other. */
export async function launch() {
  const browser = await started();
  return {
    newContext: async () => new Context(await browser.createBrowserContext()),
    close: () => browser.close(),
  };
}

/** Start a browser on a profile that outlives it; `kill` is SIGKILL to all its processes. */
export async function start(profile) {
  const browser = await started({ userDataDir: profile });
  const running = browser.process();
  return {
    context: new Context(browser.defaultBrowserContext()),
    kill: async () => {
      const gone = once(running, "exit");
      // A group of its own, where the driver made one; else the browser takes its children along.
      try {
        process.kill(-running.pid, "SIGKILL");
      } catch {
        running.kill("SIGKILL");
      }
      await gone;
      await browser.disconnect();
    },
  };
}

/** Return a new profile, and what removes it. */
export function newProfile() {
  const profile = mkdtempSync(join(tmpdir(), "tallymark-firefox-"));
  return { profile, remove: () => rmSync(profile, { recursive: true, force: true }) };
}
