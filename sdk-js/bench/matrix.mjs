/** What becomes of the events of one SDK when their page ends, in Chromium. */

/** An SDK is done when no request came for so long, or everything has arrived. */
const QUIET_MS = 3_000;
/** Peers wait up to half a minute before they try again. */
const RETURN_MS = 35_000;

/** The best of some tries counts: what else the machine does must not be held against an SDK. */
const CHANCES = 3;

export const SCENARIOS = ["navigate", "100 ms", "close", "cold", "offline"];

let runs = 0;

/** Return the user agent of a browser with a window: some SDKs record nothing of others. */
function agent(browser) {
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`;
}

/** Play every scenario: arrivals of `count` events, and how many arrived twice. */
export async function play(browser, site, endpoint, name, count) {
  const results = {};
  for (const scenario of SCENARIOS) {
    for (let chance = 0; chance < CHANCES; chance += 1) {
      const found = await once(browser, site, endpoint, name, count, scenario);
      if (chance === 0 || found.arrived > results[scenario].arrived) results[scenario] = found;
      if (found.arrived === count) break;
    }
  }
  return results;
}

async function once(browser, site, endpoint, name, count, scenario) {
  const run = `r${(runs += 1)}`;
  const context = await browser.newContext({ userAgent: agent(browser) });
  const foreign = new Set();
  context.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") foreign.add(hostname);
  });
  const counted = { requests: endpoint.requests, options: endpoint.options };
  try {
    const page = await context.newPage();
    await LIVES[scenario]({ context, page, site, endpoint, count, home: `${site}/page?sdk=${encodeURIComponent(name)}`, run });
    const seen = tally(endpoint, run);
    return { ...seen, requests: endpoint.requests - counted.requests, options: endpoint.options - counted.options, foreign: [...foreign] };
  } finally {
    endpoint.down = false;
    await context.close();
  }
}

function tally(endpoint, run) {
  const times = [...endpoint.arrivals].filter(([marker]) => marker.startsWith(`bench~${run}~`)).map(([, count]) => count);
  return { arrived: times.length, twice: times.filter((count) => count > 1).length };
}

async function settled({ endpoint, run, count }, quietMs = QUIET_MS, mostMs = 20_000) {
  const begun = Date.now();
  while (Date.now() - begun < mostMs) {
    const quiet = Date.now() - Math.max(endpoint.last, begun);
    // All there: what comes twice comes within a moment.
    if (quiet > (tally(endpoint, run).arrived >= count ? 1_000 : quietMs)) return;
    await new Promise((wait) => setTimeout(wait, 50));
  }
}

const record = ({ page, run, count }) =>
  page.evaluate(([run, count]) => { for (let i = 0; i < count; i += 1) peer.track(`bench~${run}~${i}~`); }, [run, count]);

/** Open a page with the SDK and let it fetch what it wants before it begins. */
async function open(life) {
  await life.page.goto(life.home);
  await life.page.waitForTimeout(1_500);
}

const LIVES = {
  navigate: async (life) => {
    await open(life);
    await record(life);
    await life.page.goto(`${life.site}/bare`);
    await settled(life);
  },
  "100 ms": async (life) => {
    await open(life);
    await record(life);
    await life.page.waitForTimeout(100);
    await life.page.goto(`${life.site}/bare`);
    await settled(life);
  },
  close: async (life) => {
    await life.context.newPage();
    await open(life);
    await record(life);
    await life.page.close({ runBeforeUnload: true });
    await settled(life);
  },
  cold: async (life) => {
    await life.page.goto(`${life.home}&run=${life.run}&count=${life.count}`);
    await life.page.waitForURL("**/bare");
    await settled(life);
  },
  offline: async (life) => {
    await open(life);
    life.endpoint.down = true;
    await record(life);
    await life.page.waitForTimeout(3_000);
    await life.page.goto(`${life.site}/bare`);
    life.endpoint.down = false;
    await life.page.goto(life.home);
    await settled(life, RETURN_MS, RETURN_MS);
  },
};

/** Measure what 1,000 calls cost a fresh page: ms until they return, the least of some pages. */
export async function cost(browser, site, name, repeats = 5) {
  const times = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const context = await browser.newContext({ userAgent: agent(browser) });
    const page = await context.newPage();
    await page.goto(`${site}/page?sdk=${encodeURIComponent(name)}`);
    await page.waitForTimeout(1_000);
    times.push(
      await page.evaluate(() => {
        const begun = performance.now();
        for (let i = 0; i < 1_000; i += 1) peer.track(`bench~cost~${i}~`);
        return performance.now() - begun;
      }),
    );
    await context.close();
  }
  // What else the machine does only adds to it.
  return Math.min(...times);
}
