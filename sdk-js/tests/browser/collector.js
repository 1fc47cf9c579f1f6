/** A real collector in a process of its own, and what it has stored. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const VENV = new URL("../../../.venv/bin/", import.meta.url).pathname;

/** Reads the log with SQL: each line on stdin is answered by one line of JSON. */
const READER = `
import json, sqlite3, sys
db = sqlite3.connect("file:" + sys.argv[1] + "/tallymark.db?mode=ro", uri=True)
ROWS = """select s.id, e.seq, e.body, e.pos from event e join stream s on s.no = e.stream_no
    where e.pos > ? order by e.pos"""
STREAMS = "select id, upto, hwm, fin from stream where ? is not null"
for line in sys.stdin:
    what, after = line.split()
    sql = ROWS if what == "rows" else STREAMS
    print(json.dumps(db.execute(sql, (int(after),)).fetchall()), flush=True)
`;

/** Start a collector on a free port. */
export async function startCollector() {
  const data = mkdtempSync(join(tmpdir(), "tallymark-js-"));
  const serving = spawn(`${VENV}tallymark`, ["serve", "--data", data, "--port", "0", "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(createInterface({ input: serving.stdout }), "line");
  const { url, write_key: key } = JSON.parse(line);
  const reading = spawn(`${VENV}python`, ["-c", READER, data], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: reading.stdout });
  let asked = Promise.resolve();
  const ask = (what, after = 0) => {
    const answer = asked.then(async () => {
      reading.stdin.write(`${what} ${after}\n`);
      return JSON.parse((await once(lines, "line"))[0]);
    });
    asked = answer;
    return answer;
  };
  return {
    url,
    key,
    /** Return the stored events after that position as {stream, seq, body, pos}. */
    rows: async (after = 0) => (await ask("rows", after)).map(([stream, seq, body, pos]) => ({ stream, seq, body: JSON.parse(body), pos })),
    /** Return every stream as {stream, upto, hwm, fin}. */
    streams: async () => (await ask("streams")).map(([stream, upto, hwm, fin]) => ({ stream, upto, hwm, fin })),
    stop: async () => {
      reading.stdin.end();
      serving.kill("SIGTERM");
      await once(serving, "exit");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Wait until a condition holds; after the deadline fail and say what was seen last. */
export async function until(what, look, deadlineMs = 30_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen === true) return;
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms; last seen ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
