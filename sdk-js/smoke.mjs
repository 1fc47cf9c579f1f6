/** Sends and settles one event with the Node package, in whatever runtime this is run; exit code 1 if not. */

import { createServer } from "node:http";

import { Client } from "./dist/node/index.js";

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk) => { body += chunk; });
  request.on("end", () => {
    const { stream, hwm, events } = JSON.parse(body);
    response.writeHead(200, { "content-type": "application/json", "tallymark-ack": `1; s=${stream.slice(0, 8)}; upto=${hwm}` });
    response.end(JSON.stringify({ v: 1, stream, received: events.length, stored: events.length, ack: { upto: hwm, durability: "committed" } }));
  });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const client = new Client("tmk_0123456789abcdefghijAB", `http://127.0.0.1:${server.address().port}`, { spool: { directory: false } });
client.track("Smoke", { runtime: globalThis.Deno ? "deno" : globalThis.Bun ? "bun" : "node" });
const complete = await client.close(5_000);
server.close();
server.closeAllConnections?.();
const { stored } = client.stats();
console.log(complete && stored === 1 ? "stored" : `not stored: ${JSON.stringify(client.stats())}`);
process.exit(complete && stored === 1 ? 0 : 1);
