/** What becomes of a program's events when it ends without closing its client. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { eventName } from "../build/event.js";

const PROGRAM = `
  import { Client } from "${new URL("../build/node/index.js", import.meta.url)}";
  const client = new Client("tmk_0123456789abcdefghijAB", process.argv[1], { spool: { directory: false } });
  client.track("last words");
`;

test("a program without a spool sends what it recorded when it ends", async () => {
  const bodies = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece) => (text += piece));
    request.on("end", () => {
      const batch = JSON.parse(text);
      bodies.push(batch);
      const upto = batch.seq + batch.events.length - 1;
      response.setHeader("Tallymark-Ack", `1; s=${batch.stream.slice(0, 8)}; upto=${upto}`);
      response.end(JSON.stringify({ v: 1, stream: batch.stream, received: 1, stored: 1, duplicate: 0, ack: { upto, settled: [] } }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const program = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, `http://127.0.0.1:${server.address().port}`]);
  const [status] = await once(program, "exit");
  server.close();
  assert.equal(status, 0);
  assert.deepEqual(bodies.flatMap(({ events }) => events.map(({ e }) => e)), ["last words"]);
});

test("a name of any length is cut at once", () => {
  // Cut one by one, a million characters would take days.
  const name = eventName("x".repeat(1_000_000));
  assert.equal(name, `${"x".repeat(197)}…`);
  assert.equal(eventName(`${"x".repeat(199)}😀`.repeat(1_000)), name);
});
