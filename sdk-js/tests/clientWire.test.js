/** What a client in Node puts on the wire; each test has a twin in the Python SDK's. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, test } from "node:test";

import { Client } from "../build/node/index.js";

const KEY = "tmk_0123456789abcdefghijAB";

let server;
let url;
let requests;

beforeEach(async () => {
  requests = [];
  server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const body = incoming.headers["content-encoding"] === "gzip" ? gunzipSync(raw).toString() : raw.toString();
    requests.push({ path: incoming.url, headers: incoming.headers, body });
    const { stream, hwm, events } = JSON.parse(body);
    outgoing.writeHead(200, { "content-type": "application/json", "tallymark-ack": `1; s=${stream.slice(0, 8)}; upto=${hwm}` });
    outgoing.end(JSON.stringify({ v: 1, stream, received: events.length, stored: events.length, ack: { upto: hwm, durability: "committed" } }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${server.address().port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test("headers", async () => {
  const client = new Client(KEY, url, { spool: { directory: false } });
  client.track("a");
  assert.ok(await client.flush());
  const { path, headers, body } = requests[0];
  assert.equal(path, "/v1/batch");
  assert.equal(headers.authorization, `Bearer ${KEY}`);
  assert.match(headers["tallymark-sdk"], /^tallymark-js\//);
  assert.equal(headers["tallymark-attempt"], "1");
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["content-encoding"], undefined);
  assert.ok(!body.includes(KEY));
  for (let number = 0; number < 50; number += 1) client.track("a", { number });
  assert.ok(await client.flush());
  assert.equal(requests[1].headers["content-encoding"], "gzip");
  assert.equal(JSON.parse(requests[1].body).events.length, 50);
  await client.close();
});

test("secret key imports old events", async () => {
  const client = new Client("tms_0123456789abcdefghijAB", url, { spool: { directory: false } });
  client.track("a", {}, { time: new Date("2001-02-03T00:00:00Z") });
  assert.ok(await client.flush());
  assert.equal(requests[0].path, "/v1/import");
  assert.equal(JSON.parse(requests[0].body).events[0].t, 981_158_400_000);
  await client.close();
});
